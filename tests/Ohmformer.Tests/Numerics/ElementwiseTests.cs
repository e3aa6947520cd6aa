using MathNet.Numerics;
using Ohmformer.Numerics;

namespace Ohmformer.Tests.Numerics;

public sealed class ElementwiseTests
{
    private delegate void Kernel(ReadOnlySpan<float> x, Span<float> y);

    private static double Phi(double x) => 0.5 * SpecialFunctions.Erfc(-x / Math.Sqrt(2));

    private static double GeluOfTanh(double x) => 0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));

    private static readonly (string Name, Kernel Fast, Func<double, double> Exact, double Absolute, double Relative)[] Kernels =
    [
        ("exp", Exp.Apply, Math.Exp, 1e-37, 2e-7),
        ("Phi", NormalCdf.Apply, Phi, 1e-7, 0),
        ("gelu", Gelu.Apply, x => x * Phi(x), 1e-7, 2e-7),
        ("gelu tanh", GeluTanh.Apply, GeluOfTanh, 1e-7, 4e-7),
        ("relu", Relu.Apply, x => Math.Max(x, 0), 0, 0),
        ("silu", Silu.Apply, x => x / (1 + Math.Exp(-x)), 1e-7, 4e-7),
        ("tanh", Tanh.Apply, Math.Tanh, 3e-7, 0),
    ];

    [Fact]
    public void Kernels_agree_with_double_precision_on_every_length()
    {
        foreach (var (name, fast, exact, absolute, relative) in Kernels)
            for (int length = 0; length <= 256; length++)
            {
                float[] x = [.. Enumerable.Range(0, length).Select(i => 12 * MathF.Sin(7.3f * i + length))];
                var y = new float[length + 1];
                y[length] = 42;
                fast(x, y);
                Assert.Equal(42, y[length]);
                for (int i = 0; i < length; i++) AssertClose(name, x[i], exact(x[i]), y[i], absolute, relative);
            }
    }

    [Fact]
    public void Kernels_agree_with_double_precision_on_a_fine_grid()
    {
        foreach (var (name, fast, exact, absolute, relative) in Kernels)
        {
            float[] x = [.. Enumerable.Range(-60_000, 120_001).Select(i => i * 2e-4f)];
            var y = new float[x.Length];
            fast(x, y);
            for (int i = 0; i < x.Length; i++) AssertClose(name, x[i], exact(x[i]), y[i], absolute, relative);
        }
    }

    [Fact]
    public void Kernels_may_run_in_place()
    {
        foreach (var (_, fast, _, _, _) in Kernels)
        {
            float[] x = [.. Enumerable.Range(0, 101).Select(i => MathF.Cos(i))];
            var y = new float[101];
            fast(x, y);
            fast(x, x);
            Assert.Equal(y, x);
        }
    }

    [Fact]
    public void Results_do_not_depend_on_the_position_in_the_span()
    {
        foreach (var (_, fast, _, _, _) in Kernels)
        {
            float[] x = [.. Enumerable.Range(0, 37).Select(i => 3 * MathF.Cos(i))];
            var all = new float[37];
            var one = new float[1];
            fast(x, all);
            for (int i = 0; i < x.Length; i++)
            {
                fast(x.AsSpan(i, 1), one);
                Assert.Equal(all[i], one[0]);
            }
        }
    }

    [Fact]
    public void Exp_saturates_and_keeps_nan()
    {
        float[] x = [-200, float.NegativeInfinity, 0, 88.7f, 89, float.PositiveInfinity, float.NaN];
        var y = new float[x.Length];
        Exp.Apply(x, y);
        Assert.Equal(0, y[0]);
        Assert.Equal(0, y[1]);
        Assert.Equal(1, y[2]);
        Assert.InRange(y[3], 3.3e38f, 3.4e38f);
        Assert.Equal(float.PositiveInfinity, y[4]);
        Assert.Equal(float.PositiveInfinity, y[5]);
        Assert.True(float.IsNaN(y[6]));
    }

    [Fact]
    public void A_short_destination_is_refused() =>
        Assert.Throws<ArgumentException>(() => Gelu.Apply(new float[3], new float[2]));

    private static void AssertClose(string name, double x, double exact, double found, double absolute, double relative) =>
        Assert.True(Math.Abs(found - exact) <= absolute + relative * Math.Abs(exact), $"{name}({x}) = {exact}, found {found}");
}

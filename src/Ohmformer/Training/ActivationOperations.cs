using System.Numerics.Tensors;
using System.Runtime.Intrinsics;
using Ohmformer.Models;
using Ohmformer.Numerics;

namespace Ohmformer.Training;

/// <summary>Differentiable activations of feed-forward layers, and their gates.</summary>
public static class ActivationOperations
{
    private delegate void Kernel(ReadOnlySpan<float> x, Span<float> y);

    /// <summary>activation(x), element by element.</summary>
    /// <param name="tape">Records the operation.</param>
    /// <param name="x">Shape [rows, columns].</param>
    /// <param name="activation">The function.</param>
    /// <returns>Shape [rows, columns].</returns>
    public static Tensor Activate(this Tape tape, Tensor x, Activation activation) => activation switch
    {
        Activation.Gelu => tape.Gelu(x),
        Activation.GeluTanh => tape.Apply<GeluTanhSlope>(x, Numerics.GeluTanh.Apply),
        Activation.Relu => tape.Apply<ReluSlope>(x, Numerics.Relu.Apply),
        Activation.Silu => tape.Apply<SiluSlope>(x, Numerics.Silu.Apply),
        Activation.Tanh => tape.Apply<TanhSlope>(x, Numerics.Tanh.Apply),
        _ => throw new ArgumentOutOfRangeException(nameof(activation), activation, null),
    };

    /// <summary>x y, element by element: a gate, or a mask of dropout.</summary>
    /// <param name="tape">Records the operation.</param>
    /// <param name="x">Shape [rows, columns].</param>
    /// <param name="y">Shape [rows, columns].</param>
    /// <returns>Shape [rows, columns].</returns>
    public static Tensor Multiply(this Tape tape, Tensor x, Tensor y)
    {
        Shapes.Require(y, x.Rows, x.Columns, nameof(y));
        var product = tape.Output(x.Rows, x.Columns, x, y);
        TensorPrimitives.Multiply<float>(x.Value, y.Value, product.Value);
        tape.Record(product, (x, y), static (product, s) =>
        {
            if (s.y.NeedsGradient) TensorPrimitives.MultiplyAdd<float>(product.Gradient, s.x.Value, s.y.Gradient, s.y.Gradient);
            TensorPrimitives.Multiply(product.Gradient, s.y.Value, product.Gradient);
            s.x.TakeGradientOf(product);
        });
        return product;
    }

    private static Tensor Apply<TSlope>(this Tape tape, Tensor x, Kernel function) where TSlope : struct, IElementwise
    {
        var y = tape.Output(x.Rows, x.Columns, x);
        function(x.Value, y.Value);
        tape.Record(y, x, static (y, x) =>
        {
            // The output's values are not needed any more: their memory takes the slopes.
            Elementwise.Apply<TSlope>(x.Value, y.Value);
            TensorPrimitives.Multiply(y.Gradient, y.Value, y.Gradient);
            x.TakeGradientOf(y);
        });
        return y;
    }

    private static Vector256<float> Logistic(Vector256<float> x) => Vector256<float>.One / (Vector256<float>.One + Exp.Of(-x));

    private readonly struct ReluSlope : IElementwise
    {
        public static Vector256<float> Of(Vector256<float> x) => Vector256.GreaterThan(x, Vector256<float>.Zero) & Vector256<float>.One;
    }

    private readonly struct TanhSlope : IElementwise
    {
        // 1 - tanh(x)^2 = 4 s (1 - s) with the logistic function s of 2 x.
        public static Vector256<float> Of(Vector256<float> x)
        {
            var s = Logistic(x + x);
            return 4f * s * (Vector256<float>.One - s);
        }
    }

    private readonly struct SiluSlope : IElementwise
    {
        // s (1 + x (1 - s)) with the logistic function s.
        public static Vector256<float> Of(Vector256<float> x)
        {
            var s = Logistic(x);
            return s * Vector256.FusedMultiplyAdd(x, Vector256<float>.One - s, Vector256<float>.One);
        }
    }

    private readonly struct GeluTanhSlope : IElementwise
    {
        // x s(2 u) with u = c (x + k x^3): s + x s (1 - s) 2 c (1 + 3 k x^2).
        public static Vector256<float> Of(Vector256<float> x)
        {
            var square = x * x;
            var s = Logistic(2 * GeluTanh.RootTwoOverPi * Vector256.FusedMultiplyAdd(GeluTanh.Cubic * square, x, x));
            var inner = 2 * GeluTanh.RootTwoOverPi * Vector256.FusedMultiplyAdd(Vector256.Create(3 * GeluTanh.Cubic), square, Vector256<float>.One);
            return s * Vector256.FusedMultiplyAdd(x * (Vector256<float>.One - s), inner, Vector256<float>.One);
        }
    }
}

using System.Numerics.Tensors;
using Ohmformer.Numerics;

namespace Ohmformer.Models;

/// <summary>The steps between matrix products that treat each token alone, shared among workers by tokens.</summary>
internal static class TokenSteps
{
    /// <summary>Elements that a worker takes at once, some microseconds of work.</summary>
    private const int ChunkElements = 8192;

    /// <summary>y += bias in every token.</summary>
    /// <param name="bias">Shape [columns].</param>
    /// <param name="tokens">Rows of y.</param>
    /// <param name="workers">The threads.</param>
    /// <param name="y">Shape [tokens, columns].</param>
    public static unsafe void AddBias(float[] bias, int tokens, Workers workers, Span<float> y)
    {
        fixed (float* start = y) workers.Run(tokens, Grain(bias.Length), new Biases(bias, start));
    }

    /// <summary>y += x.</summary>
    /// <param name="x">Shape [tokens, columns].</param>
    /// <param name="tokens">Rows.</param>
    /// <param name="workers">The threads.</param>
    /// <param name="y">Shape [tokens, columns].</param>
    public static void Add(float[] x, int tokens, Workers workers, float[] y) =>
        workers.Run(tokens, Grain(y.Length / tokens), new Sums(x, y, y.Length / tokens));

    /// <summary>y = the layer normalization of x.</summary>
    /// <param name="x">Shape [tokens, columns].</param>
    /// <param name="norm">Gain and bias.</param>
    /// <param name="epsilon">Added to the variance.</param>
    /// <param name="tokens">Rows.</param>
    /// <param name="workers">The threads.</param>
    /// <param name="y">Shape [tokens, columns].</param>
    public static void Normalize(float[] x, Norm norm, double epsilon, int tokens, Workers workers, float[] y) =>
        workers.Run(tokens, Grain(norm.Gain.Length), new Norms(x, norm, epsilon, y));

    /// <summary>x = activation(x).</summary>
    /// <param name="activation">The function.</param>
    /// <param name="tokens">Rows.</param>
    /// <param name="workers">The threads.</param>
    /// <param name="x">Shape [tokens, columns].</param>
    public static void Activate(Activation activation, int tokens, Workers workers, float[] x) =>
        workers.Run(tokens, Grain(x.Length / tokens), new Activations(activation, x, x.Length / tokens));

    private static int Grain(int columns) => Math.Max(1, ChunkElements / columns);

    private readonly unsafe struct Biases(float[] bias, float* y) : IParallelLoop
    {
        public void Run(int first, int limit, int slot)
        {
            for (int t = first; t < limit; t++)
            {
                var row = new Span<float>(y + (nint)t * bias.Length, bias.Length);
                TensorPrimitives.Add(row, bias, row);
            }
        }
    }

    private readonly struct Sums(float[] x, float[] y, int columns) : IParallelLoop
    {
        public void Run(int first, int limit, int slot)
        {
            var rows = y.AsSpan(first * columns, (limit - first) * columns);
            TensorPrimitives.Add(rows, x.AsSpan(first * columns, rows.Length), rows);
        }
    }

    private readonly struct Norms(float[] x, Norm norm, double epsilon, float[] y) : IParallelLoop
    {
        public void Run(int first, int limit, int slot)
        {
            int columns = norm.Gain.Length, at = first * columns, count = limit - first;
            LayerNorm.Apply(x.AsSpan(at, count * columns), norm.Gain, norm.Bias, epsilon, count, columns, y.AsSpan(at, count * columns));
        }
    }

    private readonly struct Activations(Activation activation, float[] x, int columns) : IParallelLoop
    {
        public void Run(int first, int limit, int slot)
        {
            var rows = x.AsSpan(first * columns, (limit - first) * columns);
            if (activation == Activation.Gelu) Gelu.Apply(rows, rows);
            else GeluTanh.Apply(rows, rows);
        }
    }
}

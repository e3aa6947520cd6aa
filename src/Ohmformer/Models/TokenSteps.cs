using System.Numerics.Tensors;
using Ohmformer.Mapping;
using Ohmformer.Numerics;

namespace Ohmformer.Models;

/// <summary>The steps between matrix products that treat each token alone, shared among the workers of a workspace by tokens and counted there.</summary>
internal static class TokenSteps
{
    /// <summary>Elements that a worker takes at once, some microseconds of work.</summary>
    private const int ChunkElements = 8192;

    /// <summary>y += bias in every token.</summary>
    /// <param name="bias">Shape [columns].</param>
    /// <param name="tokens">Rows of y.</param>
    /// <param name="workspace">Has the threads; the bias counts with the rescaling before it.</param>
    /// <param name="y">Shape [tokens, columns].</param>
    public static unsafe void AddBias(float[] bias, int tokens, TransformerWorkspace workspace, Span<float> y)
    {
        fixed (float* start = y) workspace.Workers.Run(tokens, Grain(bias.Length), new Biases(bias, start));
    }

    /// <summary>y += x.</summary>
    /// <param name="x">Shape [tokens, columns].</param>
    /// <param name="tokens">Rows.</param>
    /// <param name="columns">Columns.</param>
    /// <param name="workspace">Has the threads and the counts.</param>
    /// <param name="y">Shape [tokens, columns].</param>
    public static void Add(float[] x, int tokens, int columns, TransformerWorkspace workspace, float[] y)
    {
        workspace.Workers.Run(tokens, Grain(columns), new Sums(x, y, columns));
        workspace.Count(DigitalKind.Residual, (long)tokens * columns);
    }

    /// <summary>y *= x.</summary>
    /// <inheritdoc cref="Add"/>
    public static void Multiply(float[] x, int tokens, int columns, TransformerWorkspace workspace, float[] y)
    {
        workspace.Workers.Run(tokens, Grain(columns), new Factors(x, y, columns));
        workspace.Count(DigitalKind.Gate, (long)tokens * columns);
    }

    /// <summary>y = the normalization of x.</summary>
    /// <param name="spec">Kind and epsilon.</param>
    /// <param name="norm">Gain and bias, shape [columns].</param>
    /// <param name="x">Shape [tokens, columns].</param>
    /// <param name="tokens">Rows.</param>
    /// <param name="workspace">Has the threads and the counts.</param>
    /// <param name="y">Shape [tokens, columns]; may be x itself.</param>
    public static void Normalize(TransformerSpec spec, Norm norm, float[] x, int tokens, TransformerWorkspace workspace, float[] y)
    {
        workspace.Workers.Run(tokens, Grain(norm.Gain.Length), new Norms(spec, norm, x, y));
        workspace.Count(DigitalKind.LayerNorm, (long)tokens * norm.Gain.Length);
    }

    /// <summary>x = activation(x).</summary>
    /// <param name="activation">The function.</param>
    /// <param name="tokens">Rows.</param>
    /// <param name="columns">Columns.</param>
    /// <param name="workspace">Has the threads and the counts.</param>
    /// <param name="x">Shape [tokens, columns].</param>
    public static void Activate(Activation activation, int tokens, int columns, TransformerWorkspace workspace, float[] x)
    {
        workspace.Workers.Run(tokens, Grain(columns), new Activations(activation, x, columns));
        workspace.Count(DigitalKind.Activation, (long)tokens * columns);
    }

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

    private readonly struct Factors(float[] x, float[] y, int columns) : IParallelLoop
    {
        public void Run(int first, int limit, int slot)
        {
            var rows = y.AsSpan(first * columns, (limit - first) * columns);
            TensorPrimitives.Multiply(rows, x.AsSpan(first * columns, rows.Length), rows);
        }
    }

    private readonly struct Norms(TransformerSpec spec, Norm norm, float[] x, float[] y) : IParallelLoop
    {
        public void Run(int first, int limit, int slot)
        {
            int columns = norm.Gain.Length, at = first * columns, count = limit - first;
            Span<float> from = x.AsSpan(at, count * columns), to = y.AsSpan(at, count * columns);
            if (spec.Norm == NormKind.Layer) LayerNorm.Apply(from, norm.Gain, norm.Bias, spec.NormEpsilon, count, columns, to);
            else RmsNorm.Apply(from, norm.Gain, spec.NormEpsilon, count, columns, to);
        }
    }

    private readonly struct Activations(Activation activation, float[] x, int columns) : IParallelLoop
    {
        public void Run(int first, int limit, int slot)
        {
            var rows = x.AsSpan(first * columns, (limit - first) * columns);
            switch (activation)
            {
                case Activation.Gelu: Gelu.Apply(rows, rows); break;
                case Activation.GeluTanh: GeluTanh.Apply(rows, rows); break;
                case Activation.Relu: Relu.Apply(rows, rows); break;
                case Activation.Silu: Silu.Apply(rows, rows); break;
                case Activation.Tanh: Tanh.Apply(rows, rows); break;
                default: throw new InvalidOperationException($"unknown activation {activation}");
            }
        }
    }
}

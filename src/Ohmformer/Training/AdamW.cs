using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Ohmformer.Numerics;

namespace Ohmformer.Training;

/// <summary>Adam with decoupled weight decay (Loshchilov and Hutter: Decoupled weight decay regularization, arXiv:1711.05101, algorithm 2).</summary>
/// <param name="count">Number of parameters.</param>
public sealed class AdamW(int count)
{
    private readonly float[] _mean = new float[count], _square = new float[count];

    /// <summary>Decay of the running mean of the gradients.</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>Decay of the running mean of the squared gradients.</summary>
    public double Beta2 { get; init; } = 0.999;

    /// <summary>Added to the root of the mean square.</summary>
    public double Epsilon { get; init; } = 1e-8;

    /// <summary>Running mean of the gradients, part of a checkpoint.</summary>
    internal Memory<float> Mean => _mean;

    /// <summary>Running mean of the squared gradients, part of a checkpoint.</summary>
    internal Memory<float> Square => _square;

    /// <summary>One update of a range of parameters.</summary>
    /// <param name="values">All parameters.</param>
    /// <param name="gradients">Gradients of all parameters.</param>
    /// <param name="start">First parameter of the range.</param>
    /// <param name="length">Length of the range.</param>
    /// <param name="step">Number of the update, from 1.</param>
    /// <param name="rate">Learning rate.</param>
    /// <param name="decay">Weight decay: values shrink by rate times decay.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public unsafe void Update(Span<float> values, ReadOnlySpan<float> gradients, int start, int length, long step, double rate, double decay)
    {
        Vector512<float> b1 = Vector512.Create((float)Beta1), b2 = Vector512.Create((float)Beta2), epsilon = Vector512.Create((float)Epsilon);
        Vector512<float> c1 = Vector512<float>.One - b1, c2 = Vector512<float>.One - b2, keep = Vector512.Create((float)(1 - rate * decay));
        var stepSize = Vector512.Create((float)(rate / (1 - Math.Pow(Beta1, step))));
        var rootCorrection = Vector512.Create((float)Math.Sqrt(1 - Math.Pow(Beta2, step)));
        fixed (float* pv = values.Slice(start, length), pg = gradients.Slice(start, length))
        fixed (float* pm = _mean.AsSpan(start, length), ps = _square.AsSpan(start, length))
            for (int i = 0; i < length; i += FloatLanes.Count)
            {
                int left = length - i;
                var g = FloatLanes.Load(pg + i, left);
                var mean = b1 * FloatLanes.Load(pm + i, left) + c1 * g;
                var square = b2 * FloatLanes.Load(ps + i, left) + c2 * g * g;
                FloatLanes.Store(pm + i, left, mean);
                FloatLanes.Store(ps + i, left, square);
                FloatLanes.Store(pv + i, left, FloatLanes.Load(pv + i, left) * keep - stepSize * mean / (Vector512.Sqrt(square) / rootCorrection + epsilon));
            }
    }
}

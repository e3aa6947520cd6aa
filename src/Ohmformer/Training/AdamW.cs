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
    public void Update(Span<float> values, ReadOnlySpan<float> gradients, int start, int length, long step, double rate, double decay)
    {
        float b1 = (float)Beta1, b2 = (float)Beta2, epsilon = (float)Epsilon, keep = (float)(1 - rate * decay);
        float stepSize = (float)(rate / (1 - Math.Pow(Beta1, step))), rootCorrection = (float)Math.Sqrt(1 - Math.Pow(Beta2, step));
        for (int i = start; i < start + length; i++)
        {
            float g = gradients[i];
            float mean = _mean[i] = b1 * _mean[i] + (1 - b1) * g;
            float square = _square[i] = b2 * _square[i] + (1 - b2) * g * g;
            values[i] = values[i] * keep - stepSize * mean / (MathF.Sqrt(square) / rootCorrection + epsilon);
        }
    }
}

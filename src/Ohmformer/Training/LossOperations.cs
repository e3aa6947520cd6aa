using System.Numerics.Tensors;
using Ohmformer.Numerics;

namespace Ohmformer.Training;

/// <summary>Differentiable losses.</summary>
public static class LossOperations
{
    /// <summary>
    /// The mean over the rows of -sum(target log softmax(logits)). Targets are probabilities: labels, smoothed labels
    /// (<see cref="SmoothLabels"/>), or another network's answers.
    /// </summary>
    /// <param name="tape">Records the operation.</param>
    /// <param name="logits">Shape [rows, classes].</param>
    /// <param name="targets">Shape [rows, classes], every row with sum 1.</param>
    /// <returns>Shape [1, 1].</returns>
    public static Tensor CrossEntropy(this Tape tape, Tensor logits, ReadOnlyMemory<float> targets)
    {
        int rows = logits.Rows, classes = logits.Columns;
        if (targets.Length != rows * classes) throw new ArgumentException($"{targets.Length} targets for {rows} x {classes} logits", nameof(targets));
        var loss = tape.Output(1, 1, logits);
        var probabilities = tape.Scratch(rows * classes);
        Softmax.Apply(logits.Value, rows, classes, probabilities.Span);
        double sum = 0;
        for (int i = 0; i < rows; i++) sum += RowLoss(logits.Value.Slice(i * classes, classes), targets.Span.Slice(i * classes, classes));
        loss.Value[0] = (float)(sum / rows);

        tape.Record(loss, () =>
        {
            var difference = probabilities.Span;
            TensorPrimitives.Subtract(difference, targets.Span, difference);
            TensorPrimitives.MultiplyAdd(difference, loss.Gradient[0] / rows, logits.Gradient, logits.Gradient);
        });
        return loss;
    }

    /// <summary>
    /// Targets 1 - smoothing + smoothing / classes for the label and smoothing / classes elsewhere (Szegedy et al.: Rethinking
    /// the Inception architecture, arXiv:1512.00567, section 7).
    /// </summary>
    /// <param name="labels">One class per row.</param>
    /// <param name="classes">Number of classes.</param>
    /// <param name="smoothing">From 0, no smoothing, to 1.</param>
    /// <returns>Shape [rows, classes].</returns>
    public static float[] SmoothLabels(ReadOnlySpan<int> labels, int classes, double smoothing)
    {
        var targets = new float[labels.Length * classes];
        Array.Fill(targets, (float)(smoothing / classes));
        for (int i = 0; i < labels.Length; i++) targets[i * classes + labels[i]] = (float)(1 - smoothing + smoothing / classes);
        return targets;
    }

    // In double precision: -sum(t (x - log sum exp x)).
    private static double RowLoss(ReadOnlySpan<float> x, ReadOnlySpan<float> targets)
    {
        double max = TensorPrimitives.Max(x), exponentials = 0, weighted = 0, weight = 0;
        for (int i = 0; i < x.Length; i++)
        {
            exponentials += Math.Exp(x[i] - max);
            weighted += targets[i] * (x[i] - max);
            weight += targets[i];
        }
        return weight * Math.Log(exponentials) - weighted;
    }
}

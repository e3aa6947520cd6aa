using System.Numerics.Tensors;

namespace Ohmformer.Training;

/// <summary>Differentiable losses.</summary>
public static class LossOperations
{
    /// <summary>The label of a row that is not scored.</summary>
    public const int NotScored = -1;

    /// <summary>
    /// The sum over the scored rows of -sum(target log softmax(logits)). A target is the label with certainty, or given
    /// probabilities: smoothed or mixed labels, another network's answers.
    /// </summary>
    /// <param name="tape">Records the operation.</param>
    /// <param name="logits">Shape [rows, classes].</param>
    /// <param name="labels">The class of every row; <see cref="NotScored"/> for rows that do not count.</param>
    /// <param name="probabilities">Shape [rows, classes], every row with sum 1; empty when the labels say it all.</param>
    /// <returns>Shape [1, 1].</returns>
    /// <exception cref="ArgumentException">The shapes do not fit each other.</exception>
    public static Tensor CrossEntropy(this Tape tape, Tensor logits, ReadOnlyMemory<int> labels, ReadOnlyMemory<float> probabilities = default)
    {
        int rows = logits.Rows, classes = logits.Columns;
        if (labels.Length != rows) throw new ArgumentException($"{labels.Length} labels for {rows} rows of logits", nameof(labels));
        if (!probabilities.IsEmpty && probabilities.Length != rows * classes)
            throw new ArgumentException($"{probabilities.Length} probabilities for {rows} x {classes} logits", nameof(probabilities));
        var loss = tape.Output(1, 1, logits);
        var difference = tape.Scratch(rows * classes);
        double sum = 0;
        for (int i = 0; i < rows; i++)
        {
            int label = labels.Span[i];
            var row = difference.Span.Slice(i * classes, classes);
            if (label == NotScored) row.Clear();
            else if (probabilities.IsEmpty) sum += RowLoss(logits.Value.Slice(i * classes, classes), label, row);
            else sum += RowLoss(logits.Value.Slice(i * classes, classes), probabilities.Span.Slice(i * classes, classes), row);
        }
        loss.Value[0] = (float)sum;

        tape.Record(loss, (logits, difference), static (loss, s) =>
        {
            if (loss.Gradient[0] != 1) TensorPrimitives.Multiply(s.difference.Span, loss.Gradient[0], s.difference.Span);
            s.logits.TakeGradient(s.difference);
        });
        return loss;
    }

    /// <summary>
    /// The sum over the rows of the Kullback-Leibler divergence sum(p (log p - log q)), p = softmax(x) and q = softmax(target): how far
    /// x is from what another network says.
    /// </summary>
    /// <param name="tape">Records the operation.</param>
    /// <param name="x">Shape [rows, columns].</param>
    /// <param name="target">Shape [rows, columns]; gets no gradient.</param>
    /// <returns>Shape [1, 1].</returns>
    /// <exception cref="ArgumentException">The shapes differ.</exception>
    public static Tensor Divergence(this Tape tape, Tensor x, Tensor target)
    {
        int rows = x.Rows, columns = x.Columns;
        if ((target.Rows, target.Columns) != (rows, columns)) throw new ArgumentException($"{target.Rows} x {target.Columns} targets for {rows} x {columns}", nameof(target));
        var loss = tape.Output(1, 1, x);
        Memory<float> difference = tape.Scratch(rows * columns), scratch = tape.Scratch(columns);
        double sum = 0;
        for (int i = 0; i < rows; i++)
            sum += RowDivergence(x.Value.Slice(i * columns, columns), target.Value.Slice(i * columns, columns), scratch.Span, difference.Span.Slice(i * columns, columns));
        tape.Return(scratch);
        loss.Value[0] = (float)sum;
        tape.Record(loss, (x, difference), static (loss, s) =>
        {
            if (loss.Gradient[0] != 1) TensorPrimitives.Multiply(s.difference.Span, loss.Gradient[0], s.difference.Span);
            s.x.TakeGradient(s.difference);
        });
        return loss;
    }

    // The loss is log sum exp(x) - x[label]; difference gets softmax(x) - target.
    private static double RowLoss(ReadOnlySpan<float> x, int label, Span<float> difference)
    {
        double logSum = Softmax(x, difference);
        difference[label] -= 1;
        return logSum - x[label];
    }

    // The loss is -sum(t (x - log sum exp x)).
    private static double RowLoss(ReadOnlySpan<float> x, ReadOnlySpan<float> targets, Span<float> difference)
    {
        double logSum = Softmax(x, difference), loss = 0;
        for (int i = 0; i < x.Length; i++) loss += targets[i] * (logSum - x[i]);
        TensorPrimitives.Subtract(difference, targets, difference);
        return loss;
    }

    // The derivative by x is p (log p - log q - divergence).
    private static double RowDivergence(ReadOnlySpan<float> x, ReadOnlySpan<float> target, Span<float> scratch, Span<float> derivative)
    {
        double logSum = Softmax(x, derivative), targetLogSum = Softmax(target, scratch), sum = 0;
        for (int i = 0; i < x.Length; i++) sum += derivative[i] * (x[i] - logSum - (target[i] - targetLogSum));
        for (int i = 0; i < x.Length; i++) derivative[i] = (float)(derivative[i] * (x[i] - logSum - (target[i] - targetLogSum) - sum));
        return sum;
    }

    // Returns log sum exp(x).
    private static double Softmax(ReadOnlySpan<float> x, Span<float> y)
    {
        float max = TensorPrimitives.Max(x);
        TensorPrimitives.Subtract(x, max, y);
        Numerics.Exp.Apply(y, y);
        double sum = 0;
        foreach (float value in y) sum += value;
        TensorPrimitives.Multiply(y, (float)(1 / sum), y);
        return max + Math.Log(sum);
    }
}

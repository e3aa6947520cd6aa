using Ohmformer.Models;
using Ohmformer.Models.Checkpoints;
using Ohmformer.Physics;

namespace Ohmformer.Training;

/// <summary>How much a network learns from the answers of another, beside the labels (Moitra et al.: TReX, arXiv:2408.12742).</summary>
public sealed record DistillationSpec
{
    /// <summary>Weight of the cross-entropy with the teacher's probabilities.</summary>
    [Parameter("Weight of the cross-entropy with the teacher's probabilities.", Min = 0, Max = 100)]
    public double Answers { get; init; } = 0.1;

    /// <summary>Weight of the divergence between the class tokens of both networks.</summary>
    [Parameter("Weight of the divergence between the class tokens of both networks, as probabilities; of no effect without class tokens.", Min = 0, Max = 100)]
    public double ClassToken { get; init; } = 0.5;
}

/// <summary>
/// A trained network that another learns from. It sees the same samples, augmented and cut in the same way, without noise and
/// without forgetting anything.
/// </summary>
public sealed class Teacher
{
    private readonly DistillationSpec _spec;
    private readonly TrainableTransformer _network;
    private readonly float[] _values;
    private readonly bool _hasClassToken;

    /// <summary>Prepares a teacher.</summary>
    /// <param name="model">The trained network.</param>
    /// <param name="spec">What is learned from it.</param>
    public Teacher(Checkpoint model, DistillationSpec spec)
    {
        var parameters = new TransformerParameters(model.Spec);
        (_spec, _network, _values, _hasClassToken) = (spec, new(parameters), parameters.FromWeights(model.Weights), model.Spec is { Input.ClassTokens: > 0, Pooling: not Pooling.Mean });
    }

    /// <summary>
    /// Answers * CE(student, softmax(teacher)) + ClassToken * KL(softmax(class token of the student) || softmax(that of the teacher)), summed over the
    /// rows of the batch.
    /// </summary>
    /// <param name="tape">Records the operations.</param>
    /// <param name="batch">What both networks read.</param>
    /// <param name="logits">The student's, shape [rows, classes].</param>
    /// <param name="representation">What the student's head has read, shape [rows, hidden].</param>
    /// <returns>Shape [1, 1].</returns>
    public Tensor Penalty(Tape tape, TrainingBatch batch, Tensor logits, Tensor representation)
    {
        var (answers, tokens) = _network.Represent(tape, _values, default, batch);
        var probabilities = tape.Scratch(logits.Value.Length);
        tape.Softmax(answers).Value.CopyTo(probabilities.Span);
        var penalty = tape.Scale(tape.CrossEntropy(logits, batch.Labels, probabilities), (float)_spec.Answers);
        return _hasClassToken ? tape.Add(penalty, tape.Scale(tape.Divergence(representation, tokens), (float)_spec.ClassToken)) : penalty;
    }
}

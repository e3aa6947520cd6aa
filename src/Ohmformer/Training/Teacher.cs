using Ohmformer.Files;
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

    /// <summary>
    /// Weight of the mean cross-entropy of the patches' answers with the teacher's probabilities for the same patches, as in token labeling (Jiang et al.: All tokens
    /// matter, arXiv:2104.10858, equation 5).
    /// </summary>
    [Parameter("Weight of the mean cross-entropy of the patches' answers with those of the teacher; for networks whose patches answer (LV-ViT) only, where TReX has 0.2.", Min = 0, Max = 100)]
    public double Dense { get; init; }
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
    private readonly double _classToken;

    /// <summary>Prepares a teacher.</summary>
    /// <param name="model">The trained network.</param>
    /// <param name="spec">What is learned from it.</param>
    /// <exception cref="InputException">The patches of the network are to teach, but do not answer.</exception>
    public Teacher(Checkpoint model, DistillationSpec spec)
    {
        if (spec.Dense > 0 && model.Spec.Pooling != Pooling.DenseMax)
            throw new InputException($"distillation: dense is {spec.Dense}, but the patches of {model.Spec.Name} answer nothing that could be learned; only those of LV-ViT do. Leave dense out, or set it to 0.");
        var parameters = new TransformerParameters(model.Spec);
        (_spec, _network, _values) = (spec, new(parameters), parameters.FromWeights(model.Weights));
        _classToken = model.Spec is { Input.ClassTokens: > 0, Pooling: not Pooling.Mean } ? spec.ClassToken : 0;
    }

    /// <summary>
    /// Answers * CE(student, softmax(teacher)) + ClassToken * KL(softmax(class token of the student) || softmax(that of the teacher)) + Dense * mean over the
    /// patches of CE(patch of the student, softmax(that of the teacher)), summed over the rows of the batch. Patches that the student has dropped learn nothing.
    /// </summary>
    /// <param name="tape">Records the operations.</param>
    /// <param name="batch">What both networks read.</param>
    /// <param name="student">What the student answers.</param>
    /// <returns>Shape [1, 1]; null where nothing is learned.</returns>
    public Tensor? Penalty(Tape tape, TrainingBatch batch, TransformerAnswer student)
    {
        if (_spec.Answers == 0 && _classToken == 0 && _spec.Dense == 0) return null;
        var teacher = _network.Answer(tape, _values, default, batch);
        Tensor? sum = null;
        if (_spec.Answers > 0) Add(CrossEntropy(tape, student.Logits, teacher.Logits, batch.Labels), _spec.Answers);
        if (_classToken > 0) Add(tape.Divergence(student.Representation, teacher.Representation), _classToken);
        if (_spec.Dense > 0)
        {
            var answers = teacher.TokenLogits!;
            int[] patches = Patches(batch, answers.Rows);
            if (!student.Tokens.IsEmpty) (answers, patches) = (tape.Rows(answers, student.Tokens), [.. student.Tokens.ToArray().Select(token => patches[token])]);
            Add(CrossEntropy(tape, student.TokenLogits!, answers, patches), _spec.Dense * batch.Lengths.Length / patches.Count(p => p != LossOperations.NotScored));
        }
        return sum;

        void Add(Tensor part, double weight)
        {
            part = tape.Scale(part, (float)weight);
            sum = sum is null ? part : tape.Add(sum, part);
        }
    }

    private static Tensor CrossEntropy(Tape tape, Tensor student, Tensor teacher, ReadOnlyMemory<int> scored)
    {
        var probabilities = tape.Scratch(student.Value.Length);
        tape.Softmax(teacher).Value.CopyTo(probabilities.Span);
        return tape.CrossEntropy(student, scored, probabilities);
    }

    // Which tokens are scored: all but class tokens.
    private static int[] Patches(TrainingBatch batch, int tokens)
    {
        var scored = new int[tokens];
        int classTokens = (tokens - new Sequences(batch.Lengths).Rows) / batch.Lengths.Length;
        foreach (var (start, _) in new Sequences(batch.Lengths).Longer(classTokens)) scored.AsSpan(start, classTokens).Fill(LossOperations.NotScored);
        return scored;
    }
}

using Ohmformer.Models;

namespace Ohmformer.Training;

/// <summary>What a network answers, and what from.</summary>
/// <param name="Logits">Shape [samples, classes]; [tokens of all samples, classes] for <see cref="Pooling.EveryToken"/>.</param>
/// <param name="Representation">Normalized tokens [rows of logits, hidden] that the head has read: class tokens, where it reads those.</param>
/// <param name="TokenLogits">
/// What the second head of <see cref="Pooling.DenseMax"/> answers for every token, shape [tokens of all samples, classes]; rows of class tokens mean nothing. Null
/// without such a head.
/// </param>
/// <param name="Tokens">Which tokens of all samples those are, where others have dropped out; empty where none have.</param>
public readonly record struct TransformerAnswer(Tensor Logits, Tensor Representation, Tensor? TokenLogits, ReadOnlyMemory<int> Tokens);

/// <summary>The forward pass of a transformer as operations on a tape, for batches of inputs of different lengths.</summary>
/// <param name="parameters">Layout of the parameters.</param>
public sealed class TrainableTransformer(TransformerParameters parameters)
{
    private readonly RotaryPositions? _rotary = parameters.Spec.IsRotary ? new RotaryPositions(parameters.Spec) : null;

    /// <summary>Logits of a batch.</summary>
    /// <param name="tape">Records the operations.</param>
    /// <param name="values">All parameters.</param>
    /// <param name="gradients">As long as the values; <see cref="Tape.Backward"/> adds to it. Empty for evaluation: nothing is recorded.</param>
    /// <param name="batch">The samples; its labels are not read.</param>
    /// <param name="regularization">What is forgotten at random; null for nothing, as in every evaluation.</param>
    /// <param name="noise">What hardware does to weights, keys and values; null for nothing.</param>
    /// <returns>
    /// Shape [samples, classes]; [tokens of all samples, classes] for <see cref="Pooling.EveryToken"/>.
    /// </returns>
    /// <exception cref="ArgumentException">The batch does not fit the network.</exception>
    public Tensor Forward(
        Tape tape, Memory<float> values, Memory<float> gradients, TrainingBatch batch, Regularization? regularization = null, IForwardNoise? noise = null) =>
        Answer(tape, values, gradients, batch, regularization, noise).Logits;

    /// <summary>Logits of a batch, and what they were computed from.</summary>
    /// <returns>The answer to the whole batch.</returns>
    /// <inheritdoc cref="Forward"/>
    public TransformerAnswer Answer(
        Tape tape, Memory<float> values, Memory<float> gradients, TrainingBatch batch, Regularization? regularization = null, IForwardNoise? noise = null)
    {
        var pass = new ForwardPass(parameters, _rotary, tape, values, gradients, batch, regularization, noise);
        var x = pass.Embed();
        for (int layer = 0; layer < parameters.Spec.Layers; layer++) x = pass.DropTokens(layer, pass.Encode(layer, x));
        return pass.Answer(x);
    }
}

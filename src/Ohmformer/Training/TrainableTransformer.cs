namespace Ohmformer.Training;

/// <summary>The forward pass of a pre-LN vision transformer as operations on a tape.</summary>
/// <param name="parameters">Layout of the parameters.</param>
public sealed class TrainableTransformer(TransformerParameters parameters)
{
    /// <summary>Logits of a batch of images, as in <see cref="Network"/>.</summary>
    /// <param name="tape">Records the operations.</param>
    /// <param name="values">All parameters.</param>
    /// <param name="gradients">As long as the values; <see cref="Tape.Backward"/> adds to it. Empty for evaluation: nothing is recorded.</param>
    /// <param name="input">The images.</param>
    /// <returns>Shape [images, classes].</returns>
    public Tensor Forward(Tape tape, Memory<float> values, Memory<float> gradients, TrainingBatch input)
    {
        var spec = parameters.Spec;
        var patching = parameters.Image.Patching(spec.Hidden);
        int batch = input.Lengths.Length;
        var images = input.Values.Span;
        var patches = tape.Scratch(batch * patching.Windows * patching.Inputs);
        for (int b = 0; b < batch; b++)
            patching.Unfold(images[(b * images.Length / batch)..], patches.Span[(b * patches.Length / batch)..]);
        var sequences = Sequences.Equal(batch, patching.Windows);

        var x = Linear("patches", tape.Constant(patches, batch * patching.Windows, patching.Inputs));
        x = tape.Prepend(x, Parameter("classToken"), sequences);
        sequences = sequences.Longer(1);
        x = tape.AddToEach(x, Parameter("positions"), sequences);
        for (int layer = 0; layer < spec.Layers; layer++) x = Encoder($"encoder.{layer}.", x);
        return Linear("head", Norm("finalNorm", tape.OneOfEach(x, sequences)));

        Tensor Encoder(string name, Tensor x)
        {
            var normalized = Norm(name + "attentionNorm", x);
            var attention = tape.Attention(
                Linear(name + "query", normalized), Linear(name + "key", normalized), Linear(name + "value", normalized), sequences, spec.Heads, spec.Heads);
            x = Linear(name + "projection", attention, residual: x);
            var wide = tape.Gelu(Linear(name + "mlpIn", Norm(name + "mlpNorm", x)));
            return Linear(name + "mlpOut", wide, residual: x);
        }

        Tensor Norm(string name, Tensor x) => tape.LayerNorm(x, Parameter(name + ".gain"), Parameter(name + ".bias"), spec.NormEpsilon);

        Tensor Linear(string name, Tensor x, Tensor? residual = null) =>
            tape.Linear(x, Parameter(name + ".weight"), parameters.Has(name + ".bias") ? Parameter(name + ".bias") : null, residual);

        Tensor Parameter(string name)
        {
            var block = parameters[name];
            var value = values.Slice(block.Offset, block.Length);
            return gradients.IsEmpty
                ? tape.Constant(value, block.Rows, block.Columns)
                : tape.Variable(value, gradients.Slice(block.Offset, block.Length), block.Rows, block.Columns);
        }
    }
}

using System.Numerics.Tensors;
using Ohmformer.Models;

namespace Ohmformer.Training;

/// <summary>One forward pass: the steps of a transformer on the tokens of a batch, all shaped [tokens of all samples, width].</summary>
internal sealed class ForwardPass(
    TransformerParameters parameters, RotaryPositions? rotary, Tape tape, Memory<float> values, Memory<float> gradients, TokenLayout layout, Regularization? regularization)
{
    private readonly TransformerSpec _spec = parameters.Spec;

    /// <summary>The tokens that the first encoder reads: embeddings, class tokens, positions, normalization.</summary>
    public Tensor Embed(TrainingBatch batch)
    {
        var x = _spec.Input is TokenInput ? EmbedText(batch) : Linear("embedding", Inputs(batch));
        if (_spec.Input.ClassTokens > 0) x = tape.Prepend(x, Parameter("classTokens"), layout.Inputs);
        if (!_spec.IsRotary) x = tape.Add(x, tape.Rows(Parameter("positions"), layout.Positions));
        if (parameters.Has("embeddingNorm.gain")) x = Normalize("embeddingNorm", x);
        return Forget(x, site: 0, skip: 0);
    }

    /// <summary>One encoder: attention and feed-forward layers, each added to the stream, with normalization before or after.</summary>
    public Tensor Encode(int layer, Tensor x)
    {
        string name = $"encoder.{layer}.";
        double skip = _spec.Layers > 1 ? (regularization?.StochasticDepth ?? 0) * layer / (_spec.Layers - 1) : 0;
        if (_spec.NormPosition == NormPosition.Pre)
        {
            x = tape.Add(x, Forget(Attend(name, Normalize(name + "attentionNorm", x)), 2 * layer + 1, skip));
            return tape.Add(x, Forget(FeedForward(name, Normalize(name + "mlpNorm", x)), 2 * layer + 2, skip));
        }
        x = Normalize(name + "attentionNorm", tape.Add(x, Forget(Attend(name, x), 2 * layer + 1, skip)));
        return Normalize(name + "mlpNorm", tape.Add(x, Forget(FeedForward(name, x), 2 * layer + 2, skip)));
    }

    /// <summary>Logits of the tokens behind the last encoder: pooling, normalization, heads.</summary>
    public Tensor Classify(Tensor x)
    {
        int special = _spec.Input.ClassTokens;
        switch (_spec.Pooling)
        {
            case Pooling.EveryToken: return Head(Finish(x));
            case Pooling.FirstToken: return Head(Finish(tape.Rows(x, layout.Firsts)));
            case Pooling.Mean: return Head(Finish(tape.MeanOfEach(x, layout.Lengths, special)));
            case Pooling.Distilled:
                int[] seconds = [.. layout.Firsts.ToArray().Select(first => first + 1)];
                var second = Linear("secondHead", Finish(tape.Rows(x, seconds)));
                return tape.Scale(tape.Add(Head(Finish(tape.Rows(x, layout.Firsts))), second), 0.5f);
            case Pooling.DenseMax:
                var largest = tape.MaxOfEach(Linear("secondHead", Finish(x)), layout.Lengths, special);
                return tape.Add(Head(Finish(tape.Rows(x, layout.Firsts))), tape.Scale(largest, 0.5f));
            default: throw new InvalidOperationException($"unknown pooling {_spec.Pooling}");
        }
    }

    private Tensor EmbedText(TrainingBatch batch)
    {
        var x = tape.Rows(Parameter("tokens"), batch.Ids);
        if (!parameters.Has("segments")) return x;
        return tape.Add(x, tape.Rows(Parameter("segments"), batch.Segments.IsEmpty ? new int[batch.Ids.Length] : batch.Segments));
    }

    /// <summary>The patches or frames that the network sees, unfolded: [tokens without class tokens, numbers of one].</summary>
    private Tensor Inputs(TrainingBatch batch)
    {
        var (image, features) = (_spec.Input as ImageInput, _spec.Input as FeatureInput);
        int size = image?.Values ?? features!.Frames * features.Features, columns = image?.PatchInputs ?? features!.Features;
        if (batch.Values.Length != layout.Samples * size)
            throw new ArgumentException($"{batch.Values.Length} numbers for {layout.Samples} samples of {size}", nameof(batch));
        var rows = tape.Scratch(TensorPrimitives.Sum(layout.Inputs.Span) * columns);
        var unfolded = tape.Scratch(size);
        for (int i = 0, to = 0; i < layout.Samples; i++)
        {
            var sample = batch.Values.Span.Slice(i * size, size);
            if (image is not null) image.Patching(_spec.Hidden).Unfold(sample, unfolded.Span);
            else sample.CopyTo(unfolded.Span);
            foreach (int position in layout.InputPositions(i))
            {
                unfolded.Span.Slice((position - _spec.Input.ClassTokens) * columns, columns).CopyTo(rows.Span[to..]);
                to += columns;
            }
        }
        return tape.Constant(rows, rows.Length / columns, columns);
    }

    private Tensor Attend(string name, Tensor x)
    {
        Tensor query = Linear(name + "query", x), key = Linear(name + "key", x), value = Linear(name + "value", x);
        if (rotary is not null)
        {
            query = tape.Rotate(query, rotary, layout.Positions);
            key = tape.Rotate(key, rotary, layout.Positions);
        }
        return Linear(name + "projection", tape.Attention(query, key, value, layout.Lengths, _spec.Heads, _spec.KeyValueHeads, _spec.Causal));
    }

    private Tensor FeedForward(string name, Tensor x)
    {
        var inner = Linear(name + "mlpIn", x);
        inner = _spec.GatedMlp
            ? tape.Multiply(tape.Activate(Linear(name + "mlpGate", x), _spec.Activation), inner)
            : tape.Activate(inner, _spec.Activation);
        return Linear(name + "mlpOut", inner);
    }

    private Tensor Finish(Tensor x)
    {
        if (_spec.NormPosition == NormPosition.Pre) x = Normalize("finalNorm", x);
        return _spec.Pooler is { } activation ? tape.Activate(Linear("pooler", x), activation) : x;
    }

    private Tensor Head(Tensor x) => _spec.TiedHead
        ? tape.LinearTransposed(x, Parameter("tokens"), Bias("head"))
        : Linear("head", x);

    private Tensor Forget(Tensor x, int site, double skip)
    {
        if (regularization is null || (regularization.Dropout == 0 && skip == 0)) return x;
        var mask = tape.Scratch(x.Value.Length);
        for (int i = 0; i < layout.Samples; i++)
            regularization.Mask(site, i, skip, mask.Span.Slice(layout.Firsts.Span[i] * x.Columns, layout.Lengths.Span[i] * x.Columns));
        return tape.Multiply(x, tape.Constant(mask, x.Rows, x.Columns));
    }

    private Tensor Normalize(string name, Tensor x) => _spec.Norm == NormKind.Layer
        ? tape.LayerNorm(x, Parameter(name + ".gain"), Parameter(name + ".bias"), _spec.NormEpsilon)
        : tape.RmsNorm(x, Parameter(name + ".gain"), _spec.NormEpsilon);

    private Tensor Linear(string name, Tensor x) => tape.Linear(x, Parameter(name + ".weight"), Bias(name));

    private Tensor? Bias(string name) => parameters.Has(name + ".bias") ? Parameter(name + ".bias") : null;

    private Tensor Parameter(string name)
    {
        var block = parameters[name];
        var value = values.Slice(block.Offset, block.Length);
        return gradients.IsEmpty
            ? tape.Constant(value, block.Rows, block.Columns)
            : tape.Variable(value, gradients.Slice(block.Offset, block.Length), block.Rows, block.Columns);
    }
}

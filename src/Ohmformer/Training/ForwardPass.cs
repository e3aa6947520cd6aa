using Ohmformer.Models;

namespace Ohmformer.Training;

/// <summary>One forward pass: the steps of a transformer on the tokens of a batch, one sample behind the other, all shaped [tokens of all samples, width].</summary>
internal sealed class ForwardPass
{
    private readonly TransformerParameters _parameters;
    private readonly TransformerSpec _spec;
    private readonly RotaryPositions? _rotary;
    private readonly Tape _tape;
    private readonly Memory<float> _values, _gradients;
    private readonly TrainingBatch _batch;
    private readonly Regularization? _regularization;
    private readonly IForwardNoise? _noise;
    private readonly int[] _positions = [];
    private readonly Tensor?[] _heads;
    private Sequences _sequences;
    private Memory<float> _classAttention;
    private int[] _tokens = [];
    private Tensor? _representation, _tokenLogits;

    /// <summary>Prepares a pass.</summary>
    /// <inheritdoc cref="TrainableTransformer.Forward"/>
    public ForwardPass(
        TransformerParameters parameters, RotaryPositions? rotary, Tape tape, Memory<float> values, Memory<float> gradients, TrainingBatch batch, Regularization? regularization,
        IForwardNoise? noise)
    {
        (_parameters, _spec, _rotary, _tape, _values, _gradients, _batch, _regularization, _noise) =
            (parameters, parameters.Spec, rotary, tape, values, gradients, batch, regularization, noise);
        BatchCheck.ThrowIfUnfit(_spec, batch);
        _sequences = new Sequences(batch.Lengths).Longer(_spec.Input.ClassTokens);
        if (rotary is not null) _positions = Positions();
        if (_spec.Pruning is not null) _classAttention = tape.Scratch(_sequences.Rows);
        _heads = new Tensor?[_spec.Layers];
    }

    /// <summary>The tokens that the first encoder reads: embeddings, class tokens, positions, normalization.</summary>
    public Tensor Embed()
    {
        int classTokens = _spec.Input.ClassTokens;
        var x = _spec.Input is TokenInput ? EmbedText() : Linear("embedding", Inputs());
        if (classTokens > 0) x = _tape.Prepend(x, Parameter("classTokens"), new Sequences(_batch.Lengths));
        if (!_spec.IsRotary) x = _tape.AddToEach(x, Parameter("positions"), _sequences, _batch.Kept, classTokens);
        if (_parameters.Has("embeddingNorm.gain")) x = Normalize("embeddingNorm", x);
        return Forget(x, site: 0, skip: 0);
    }

    /// <summary>One encoder: attention and feed-forward layers, each added to the stream, with normalization before or after.</summary>
    /// <param name="layer">Index of the encoder.</param>
    /// <param name="x">The stream.</param>
    public Tensor Encode(int layer, Tensor x)
    {
        string name = $"encoder.{layer}.";
        bool pre = _spec.NormPosition == NormPosition.Pre;
        _heads[layer] = Heads(layer, name, x);
        if (_heads[layer] is { } heads) x = AddBranch(layer, name + "projection", heads, x);
        if (!pre) x = Normalize(name + "attentionNorm", x);
        x = AddBranch(layer, name + "mlpOut", Widen(name, pre ? Normalize(name + "mlpNorm", x) : x), x);
        return pre ? x : Normalize(name + "mlpNorm", x);
    }

    /// <summary>Drops tokens as <see cref="TransformerSpec.Pruning"/> says: gradients flow through those that go on.</summary>
    /// <param name="layer">Index of the encoder that has run.</param>
    /// <param name="x">The stream behind it.</param>
    public Tensor DropTokens(int layer, Tensor x)
    {
        int[] lengths = new int[_sequences.Count];
        int sample = 0;
        foreach (var (_, length) in _sequences) lengths[sample++] = _spec.TokensBehind(layer, length);
        if (lengths.Sum() == x.Rows) return x;

        int[] rows = KeptRows(lengths);
        _sequences = new Sequences(lengths);
        _tokens = _tokens.Length == 0 ? rows : [.. rows.Select(row => _tokens[row])];
        for (int i = 0; i < rows.Length; i++) _classAttention.Span[i] = _classAttention.Span[rows[i]];
        _classAttention = _classAttention[..rows.Length];
        if (_spec.ReusedBehind(layer) is { } source) _heads[source] = _tape.Rows(_heads[source]!, rows);
        return _tape.Rows(x, rows);
    }

    /// <summary>What is answered from the tokens behind the last encoder: pooling, normalization, heads.</summary>
    /// <param name="x">The stream.</param>
    public TransformerAnswer Answer(Tensor x)
    {
        var logits = Classify(x);
        return new(logits, _representation!, _tokenLogits, _tokens);
    }

    private Tensor Classify(Tensor x)
    {
        int classTokens = _spec.Input.ClassTokens;
        switch (_spec.Pooling)
        {
            case Pooling.EveryToken: return Head(Finish(x));
            case Pooling.Mean: return Head(Finish(_tape.MeanOfEach(x, _sequences, classTokens)));
            case Pooling.FirstToken: return Head(Finish(_tape.OneOfEach(x, _sequences)));
            case Pooling.Distilled:
                var second = Linear("secondHead", Finish(_tape.OneOfEach(x, _sequences, index: 1)));
                return _tape.Scale(_tape.Add(Head(Finish(_tape.OneOfEach(x, _sequences))), second), 0.5f);
            case Pooling.DenseMax:
                _tokenLogits = Linear("secondHead", Finish(x));
                var largest = _tape.MaxOfEach(_tokenLogits, _sequences, classTokens);
                return _tape.Add(Head(Finish(_tape.OneOfEach(x, _sequences))), _tape.Scale(largest, 0.5f));
            default: throw new InvalidOperationException($"unknown pooling {_spec.Pooling}");
        }
    }

    /// <summary>The concatenated output of an encoder's heads, or what stands in for it; null for nothing.</summary>
    private Tensor? Heads(int layer, string name, Tensor x)
    {
        if (!_spec.Reuses(layer)) return Attend(layer, name, _spec.NormPosition == NormPosition.Pre ? Normalize(name + "attentionNorm", x) : x);
        if (_spec.Reuse!.StandIn == AttentionStandIn.Nothing) return null;
        var source = _heads[_spec.Reuse.SourceOf(layer)]!;
        if (_spec.Reuse.StandIn == AttentionStandIn.Identity) return source;
        return _tape.Activate(Linear(name + "transformation", Normalize(name + "transformationNorm", source)), Activation.Gelu);
    }

    /// <summary>Attention without its output projection.</summary>
    private Tensor Attend(int layer, string name, Tensor x)
    {
        Tensor query = Linear(name + "query", x), key = Linear(name + "key", x), value = Linear(name + "value", x);
        if (_rotary is not null)
        {
            query = _tape.Rotate(query, _rotary, _positions);
            key = _tape.Rotate(key, _rotary, _positions);
        }
        if (_noise is not null)
        {
            (key, value) = (_tape.StraightThrough(key), _tape.StraightThrough(value));
            int sample = 0;
            foreach (var (start, length) in _sequences)
            {
                _noise.Key(layer, sample, key.Value.Slice(start * key.Columns, length * key.Columns));
                _noise.Value(layer, sample++, value.Value.Slice(start * value.Columns, length * value.Columns));
            }
        }
        return _tape.Attention(query, key, value, _sequences, _spec.Heads, _spec.KeyValueHeads, _spec.Causal, _spec.Input.ClassTokens, _classAttention.Span);
    }

    private int[] KeptRows(int[] lengths)
    {
        var rows = new List<int>(_sequences.Rows);
        long[] ranks = new long[_sequences.Rows];
        int sample = 0;
        foreach (var (start, length) in _sequences)
            foreach (long token in TokenSelection.Kept(_classAttention.Span.Slice(start, length), _spec.Input.ClassTokens, lengths[sample++], ranks)) rows.Add(start + (int)token);
        return [.. rows];
    }

    /// <summary>The feed-forward layers without the last.</summary>
    private Tensor Widen(string name, Tensor x)
    {
        var inner = Linear(name + "mlpIn", x);
        return _spec.GatedMlp
            ? _tape.Multiply(_tape.Activate(Linear(name + "mlpGate", x), _spec.Activation), inner)
            : _tape.Activate(inner, _spec.Activation);
    }

    /// <summary>stream + what is not forgotten of x W + b, the last layer of a block.</summary>
    private Tensor AddBranch(int layer, string name, Tensor x, Tensor stream)
    {
        double skip = _spec.Layers > 1 ? (_regularization?.StochasticDepth ?? 0) * layer / (_spec.Layers - 1) : 0;
        if (!Forgets(skip)) return Linear(name, x, stream);
        int site = 2 * layer + (name.EndsWith("mlpOut", StringComparison.Ordinal) ? 2 : 1);
        return _tape.Add(stream, Forget(Linear(name, x), site, skip));
    }

    private Tensor EmbedText()
    {
        var x = _tape.Rows(Parameter("tokens"), _batch.Ids);
        if (!_parameters.Has("segments")) return x;
        return _tape.Add(x, _tape.Rows(Parameter("segments"), _batch.Segments.IsEmpty ? new int[_batch.Ids.Length] : _batch.Segments));
    }

    /// <summary>The patches or frames that the network sees, unfolded: [tokens without class tokens, numbers of one].</summary>
    private Tensor Inputs()
    {
        if (_spec.Input is ImageInput { StemChannels: > 0 } stemmed) return StemPatches(stemmed);
        var (image, features) = (_spec.Input as ImageInput, _spec.Input as FeatureInput);
        int columns = image?.PatchInputs ?? features!.Features, tokens = _spec.Tokens - _spec.Input.ClassTokens, size = tokens * columns, samples = _batch.Lengths.Length;
        var all = _tape.Scratch(samples * size);
        if (image is null) _batch.Values.CopyTo(all);
        else
            for (int i = 0; i < samples; i++) image.Patching(_spec.Hidden).Unfold(_batch.Values.Span.Slice(i * size, size), all.Span.Slice(i * size, size));
        if (_batch.Kept.IsEmpty) return _tape.Constant(all, samples * tokens, columns);

        // Those that are kept only move to the front.
        int sample = 0, rows = _batch.Kept.Length;
        foreach (var (start, length) in new Sequences(_batch.Lengths))
        {
            var from = all.Slice(sample++ * size, size);
            for (int i = start; i < start + length; i++) from.Slice(_batch.Kept.Span[i] * columns, columns).CopyTo(all[(i * columns)..]);
        }
        return _tape.Constant(all[..(rows * columns)], rows, columns);
    }

    /// <summary>The same behind the convolutions of a stem: [tokens without class tokens, numbers of a patch].</summary>
    private Tensor StemPatches(ImageInput image)
    {
        int samples = _batch.Lengths.Length;
        var pixels = _tape.Scratch(_batch.Values.Length);
        _batch.Values.CopyTo(pixels);
        var x = _tape.Constant(pixels, samples, image.Values);
        foreach (var (i, shape) in image.Stem.Index())
        {
            string name = TransformerParameters.StemName(i);
            x = _tape.Activate(_tape.Convolve(x, Weight(name + ".weight"), Parameter(name + ".bias"), shape), Activation.Relu);
        }
        var patches = _tape.Unfold(x, image.Patching(_spec.Hidden));
        if (_batch.Kept.IsEmpty) return patches;

        int sample = 0, all = patches.Rows / samples;
        int[] rows = _batch.Kept.ToArray();
        foreach (var (start, length) in new Sequences(_batch.Lengths))
        {
            for (int i = start; i < start + length; i++) rows[i] += sample * all;
            sample++;
        }
        return _tape.Rows(patches, rows);
    }

    private Tensor Finish(Tensor x)
    {
        if (_spec.NormPosition == NormPosition.Pre) x = Normalize("finalNorm", x);
        return _spec.Pooler is { } activation ? _tape.Activate(Linear("pooler", x), activation) : x;
    }

    private Tensor Head(Tensor x)
    {
        _representation = x;
        return _spec.TiedHead ? _tape.LinearTransposed(x, Weight("tokens"), Bias("head")) : Linear("head", x);
    }

    private Tensor Normalize(string name, Tensor x) => _spec.Norm == NormKind.Layer
        ? _tape.LayerNorm(x, Parameter(name + ".gain"), Parameter(name + ".bias"), _spec.NormEpsilon)
        : _tape.RmsNorm(x, Parameter(name + ".gain"), _spec.NormEpsilon);

    private Tensor Linear(string name, Tensor x, Tensor? residual = null) => _tape.Linear(x, Weight(name + ".weight"), Bias(name), residual);

    /// <summary>Weights as the hardware reads them.</summary>
    private Tensor Weight(string name)
    {
        if (_noise is null) return Parameter(name);
        var weight = _tape.StraightThrough(Parameter(name));
        _noise.Weight(_parameters[name], weight.Value);
        return weight;
    }

    private Tensor? Bias(string name) => _parameters.Has(name + ".bias") ? Parameter(name + ".bias") : null;

    private Tensor Parameter(string name)
    {
        var block = _parameters[name];
        var value = _values.Slice(block.Offset, block.Length);
        return _gradients.IsEmpty
            ? _tape.Constant(value, block.Rows, block.Columns)
            : _tape.Variable(value, _gradients.Slice(block.Offset, block.Length), block.Rows, block.Columns);
    }

    private bool Forgets(double skip) => _regularization is { Dropout: > 0 } || skip > 0;

    private Tensor Forget(Tensor x, int site, double skip)
    {
        if (!Forgets(skip)) return x;
        var mask = _tape.Scratch(x.Value.Length);
        int sample = 0;
        foreach (var (start, length) in _sequences)
            _regularization!.Mask(site, sample++, skip, mask.Span.Slice(start * x.Columns, length * x.Columns));
        return _tape.Multiply(x, _tape.Constant(mask, x.Rows, x.Columns));
    }

    private int[] Positions()
    {
        var positions = new int[_sequences.Rows];
        int classTokens = _spec.Input.ClassTokens, input = 0;
        foreach (var (start, length) in _sequences)
            for (int t = 0; t < length; t++)
                positions[start + t] = t < classTokens || _batch.Kept.IsEmpty ? t : classTokens + _batch.Kept.Span[input++];
        return positions;
    }
}

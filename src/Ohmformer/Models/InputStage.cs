using System.Numerics.Tensors;
using Ohmformer.Files;
using Ohmformer.Mapping;

namespace Ohmformer.Models;

/// <summary>Turns an input into the tokens that the first encoder reads: embeddings, class tokens, positions, normalization.</summary>
internal sealed class InputStage
{
    private readonly TransformerSpec _spec;
    private readonly TransformerWeights _weights;
    private readonly Convolution[] _stem = [];
    private readonly LinearRun[] _stemLayers;
    private readonly LinearRun? _embedding;

    /// <summary>Programs the embedding of a network.</summary>
    public InputStage(TransformerSpec spec, TransformerWeights weights, TransformerSites sites, IMatrixProduct products)
    {
        (_spec, _weights) = (spec, weights);
        if (spec.Input is ImageInput image) _stem = image.Stem;
        _stemLayers = [.. weights.Stem.Select((layer, i) => new LinearRun(sites.Stem[i], layer, products))];
        _embedding = LinearRun.Of(sites.Embedding, weights.Embedding, products);
    }

    /// <summary>Embeds an image or frames of features.</summary>
    /// <param name="image">Index of the input; keys the noise.</param>
    /// <param name="values">Shape [channels, size, size] or [frames, features].</param>
    /// <param name="workspace">Gets the tokens.</param>
    /// <returns>Tokens of the input, class tokens included.</returns>
    public int Embed(int image, ReadOnlySpan<float> values, TransformerWorkspace workspace)
    {
        int tokens = _spec.Tokens, classTokens = _spec.Input.ClassTokens;
        var stream = workspace.Stream.AsSpan(0, tokens * _spec.Hidden);
        var rows = _spec.Input switch
        {
            ImageInput input => Patches(image, input, values, workspace),
            FeatureInput => values,
            _ => throw new ArgumentException($"{_spec.Name} reads token ids, not numbers.", nameof(values)),
        };
        _weights.ClassTokens.CopyTo(stream);
        _embedding!.Forward(image, rows, tokens - classTokens, workspace, stream[(classTokens * _spec.Hidden)..]);
        Finish(tokens, workspace);
        return tokens;
    }

    /// <summary>Embeds a text.</summary>
    /// <param name="ids">Token ids, shape [tokens].</param>
    /// <param name="segments">Segment of every token; all 0 when empty.</param>
    /// <param name="workspace">Gets the tokens.</param>
    /// <returns>Tokens of the input.</returns>
    /// <exception cref="InputException">The text is empty or too long, or an id or segment is out of range.</exception>
    public int Embed(ReadOnlySpan<int> ids, ReadOnlySpan<int> segments, TransformerWorkspace workspace)
    {
        if (_spec.Input is not TokenInput input) throw new ArgumentException($"{_spec.Name} reads numbers, not token ids.", nameof(ids));
        if (ids.IsEmpty || ids.Length > Math.Min(_spec.Tokens, workspace.Tokens))
            throw new InputException($"a text has {ids.Length} tokens; {_spec.Name} takes 1 to {Math.Min(_spec.Tokens, workspace.Tokens)}. Cut the text into shorter ones.");
        if (!segments.IsEmpty && segments.Length != ids.Length) throw new ArgumentException($"{segments.Length} segments for {ids.Length} tokens", nameof(segments));

        var stream = workspace.Stream.AsSpan(0, ids.Length * _spec.Hidden);
        for (int t = 0; t < ids.Length; t++)
            Row(_weights.TokenTable!, ids[t], input.Vocabulary, "token id").CopyTo(stream[(t * _spec.Hidden)..]);
        if (_weights.SegmentTable is { } table)
        {
            for (int t = 0; t < ids.Length; t++)
            {
                var row = stream.Slice(t * _spec.Hidden, _spec.Hidden);
                TensorPrimitives.Add(row, Row(table, segments.IsEmpty ? 0 : segments[t], input.Segments, "segment"), row);
            }
            workspace.Count(DigitalKind.Residual, stream.Length);
        }
        Finish(ids.Length, workspace);
        return ids.Length;
    }

    private ReadOnlySpan<float> Row(float[] table, int index, int rows, string what) => (uint)index < rows
        ? table.AsSpan(index * _spec.Hidden, _spec.Hidden)
        : throw new InputException($"a text has the {what} {index}; {_spec.Name} knows 0 to {rows - 1}. Use the tokenizer that belongs to the model.");

    private void Finish(int tokens, TransformerWorkspace workspace)
    {
        float[] stream = workspace.Stream;
        if (_weights.Positions is { } positions) TokenSteps.Add(positions, tokens, _spec.Hidden, workspace, stream);
        if (_weights.EmbeddingNorm is { } norm) TokenSteps.Normalize(_spec, norm, stream, tokens, workspace, stream);
    }

    /// <summary>Unfolded patches, behind the stem if there is one.</summary>
    private ReadOnlySpan<float> Patches(int image, ImageInput input, ReadOnlySpan<float> pixels, TransformerWorkspace workspace)
    {
        for (int i = 0; i < _stem.Length; i++)
        {
            var convolution = _stem[i];
            float[] rows = workspace.StemRows;
            convolution.Unfold(pixels, workspace.Windows);
            _stemLayers[i].Forward(image, workspace.Windows, convolution.Windows, workspace, rows);
            TokenSteps.Activate(Activation.Relu, convolution.Windows, convolution.Outputs, workspace, rows);
            Transpose(rows, convolution.Windows, convolution.Outputs, workspace.StemMap);
            pixels = workspace.StemMap;
        }
        var patching = input.Patching(_spec.Hidden);
        patching.Unfold(pixels, workspace.Windows);
        return workspace.Windows.AsSpan(0, patching.Windows * patching.Inputs);
    }

    /// <summary>[windows, channels] to [channels, windows].</summary>
    private static void Transpose(ReadOnlySpan<float> x, int windows, int channels, Span<float> y)
    {
        for (int i = 0; i < windows; i++)
            for (int c = 0; c < channels; c++) y[c * windows + i] = x[i * channels + c];
    }
}

using Ohmformer.Files;
using Ohmformer.Mapping;

namespace Ohmformer.Models;

/// <summary>
/// The forward pass of a transformer (Vaswani et al.: Attention is all you need, arXiv:1706.03762; Dosovitskiy et al.: An image
/// is worth 16x16 words, arXiv:2010.11929, equations 1 to 4). Static weights are programmed once, when it is made. Thread-safe:
/// inputs may run side by side, each with its own workspace.
/// </summary>
public sealed class TransformerRun
{
    private readonly InputStage _input;
    private readonly Encoder[] _encoders;
    private readonly OutputStage _output;

    /// <summary>Programs a network.</summary>
    /// <param name="spec">Sizes of the network.</param>
    /// <param name="weights">Weights of those sizes.</param>
    /// <param name="products">The arithmetic of the matrix products.</param>
    /// <exception cref="InputException">The network has no encoder that is said to reuse attention, or no class token to rank the tokens that are to drop out.</exception>
    public TransformerRun(TransformerSpec spec, TransformerWeights weights, IMatrixProduct products)
    {
        spec.Reuse?.Check(spec.Layers);
        TokenSelection.Check(spec);
        var sites = new TransformerSites(spec.Layers);
        var rotary = spec.IsRotary ? new RotaryPositions(spec) : null;
        Spec = spec;
        _input = new InputStage(spec, weights, sites, products);
        _encoders = [.. sites.Encoders.Select((encoder, l) => new Encoder(spec, l, weights.Encoders[l], encoder, rotary, products))];
        _output = new OutputStage(spec, weights, sites, products);
    }

    /// <summary>Sizes of the network.</summary>
    public TransformerSpec Spec { get; }

    /// <summary>The logits of one image or of the features of one recording.</summary>
    /// <param name="image">Index of the input in the data set; keys the noise.</param>
    /// <param name="values">Shape [channels, size, size], normalized, or [frames, features].</param>
    /// <param name="workspace">Scratch of the calling thread.</param>
    /// <param name="logits">Shape [classes].</param>
    public void Forward(int image, ReadOnlySpan<float> values, TransformerWorkspace workspace, Span<float> logits) =>
        Forward(image, _input.Embed(image, values, workspace), workspace, logits);

    /// <summary>The logits of one text.</summary>
    /// <param name="image">Index of the text in the data set; keys the noise.</param>
    /// <param name="ids">Token ids, shape [tokens], without padding.</param>
    /// <param name="segments">Segment of every token; all 0 when empty.</param>
    /// <param name="workspace">Scratch of the calling thread.</param>
    /// <param name="logits">Shape [classes]; [tokens, classes] for <see cref="Pooling.EveryToken"/>.</param>
    /// <exception cref="InputException">The text is empty or too long, or an id or segment is out of range.</exception>
    public void Forward(int image, ReadOnlySpan<int> ids, ReadOnlySpan<int> segments, TransformerWorkspace workspace, Span<float> logits) =>
        Forward(image, _input.Embed(ids, segments, workspace), workspace, logits);

    private void Forward(int image, int tokens, TransformerWorkspace workspace, Span<float> logits)
    {
        for (int l = 0; l < _encoders.Length; l++)
        {
            _encoders[l].Forward(image, tokens, workspace);
            tokens = TokenSelection.Keep(Spec, l, tokens, workspace);
        }
        _output.Forward(image, tokens, workspace, logits);
    }
}

using Ohmformer.Mapping;

namespace Ohmformer.Models;

/// <summary>A transformer described as a <see cref="Workload"/>: what one forward pass computes, without weights.</summary>
public static class TransformerWorkload
{
    /// <summary>Every matrix product and digital step of <see cref="TransformerRun"/> on its longest input, in its order.</summary>
    /// <inheritdoc cref="Of(TransformerSpec, int)"/>
    public static Workload Of(TransformerSpec spec) => Of(spec, spec.Tokens);

    /// <summary>Every matrix product and digital step of <see cref="TransformerRun"/> on an input of some length, in its order.</summary>
    /// <param name="spec">Sizes of the network.</param>
    /// <param name="tokens">Tokens of the input, class tokens included; may exceed those that the network was made for.</param>
    /// <returns>
    /// Inputs are priced as one byte per number of an image or of features, and per element of a token's embedding, which is
    /// looked up off chip; outputs as four bytes per logit.
    /// </returns>
    /// <exception cref="Files.InputException">The network has no encoder that is said to reuse attention, or no class token to rank the tokens that are to drop out.</exception>
    public static Workload Of(TransformerSpec spec, int tokens)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(tokens, spec.Input.ClassTokens);
        spec.Reuse?.Check(spec.Layers);
        TokenSelection.Check(spec);
        var steps = new Steps(spec, tokens);
        var sites = new TransformerSites(spec.Layers);
        steps.Embedding(sites);
        for (int layer = 0; layer < spec.Layers; layer++)
        {
            steps.Encoder(layer, sites.Encoders[layer]);
            steps.DropTokens(layer);
        }
        steps.Head(sites);
        return new Workload
        {
            Name = spec.Name,
            Products = steps.Products,
            Digital = steps.DigitalSteps,
            InputBytes = (tokens - spec.Input.ClassTokens) * spec.Input switch
            {
                ImageInput image => (long)image.Channels * image.PatchSize * image.PatchSize,
                FeatureInput features => features.Features,
                _ => spec.Hidden,
            },
            OutputBytes = sizeof(float) * (long)spec.Logits(tokens),
        };
    }

    /// <summary>Collects steps in order; each product is followed by its rescaling.</summary>
    private sealed class Steps(TransformerSpec spec, int tokens)
    {
        private long _stream = (long)tokens * spec.Hidden;

        public List<ProductShape> Products { get; } = [];

        public List<DigitalShape> DigitalSteps { get; } = [];

        public void Embedding(TransformerSites sites)
        {
            int own = tokens - spec.Input.ClassTokens;
            if (spec.Input is ImageInput image)
            {
                foreach (var (site, convolution) in sites.Stem.Zip(image.Stem))
                {
                    int windows = (int)((long)convolution.Windows * own / image.Patching(spec.Hidden).Windows);
                    Static(site, windows, convolution.Inputs, convolution.Outputs);
                    Digital($"{site.Name}.activation", DigitalKind.Activation, (long)windows * convolution.Outputs);
                }
                Static(sites.Embedding, own, image.Patching(spec.Hidden).Inputs, spec.Hidden);
            }
            if (spec.Input is FeatureInput features) Static(sites.Embedding, own, features.Features, spec.Hidden);
            if (spec.Input is TokenInput { Segments: > 0 }) Digital("embedding.segments", DigitalKind.Residual, _stream);
            if (!spec.IsRotary) Digital("embedding.positions", DigitalKind.Residual, _stream);
            if (spec.Input is TokenInput { Normalized: true }) Digital("embedding.norm", DigitalKind.LayerNorm, _stream);
        }

        public void Encoder(int layer, EncoderSites encoder)
        {
            bool pre = spec.NormPosition == NormPosition.Pre;
            if (!spec.Reuses(layer))
            {
                if (pre) Digital($"{encoder.Name}.attention.norm", DigitalKind.LayerNorm, _stream);
                Attention(encoder);
            }
            else if (spec.Reuse!.StandIn == AttentionStandIn.Transformation) Transformation(encoder);
            if (spec.HasProjection(layer))
            {
                Static(encoder.Projection, tokens, spec.QueryWidth, spec.Hidden);
                Digital($"{encoder.Name}.attention.residual", DigitalKind.Residual, _stream);
            }
            if (!pre) Digital($"{encoder.Name}.attention.norm", DigitalKind.LayerNorm, _stream);

            if (pre) Digital($"{encoder.Name}.mlp.norm", DigitalKind.LayerNorm, _stream);
            if (spec.GatedMlp) Static(encoder.MlpGate, tokens, spec.Hidden, spec.Intermediate);
            Static(encoder.MlpIn, tokens, spec.Hidden, spec.Intermediate);
            Digital($"{encoder.Name}.mlp.activation", DigitalKind.Activation, (long)tokens * spec.Intermediate);
            if (spec.GatedMlp) Digital($"{encoder.Name}.mlp.gate", DigitalKind.Gate, (long)tokens * spec.Intermediate);
            Static(encoder.MlpOut, tokens, spec.Intermediate, spec.Hidden);
            Digital($"{encoder.Name}.mlp.residual", DigitalKind.Residual, _stream);
            if (!pre) Digital($"{encoder.Name}.mlp.norm", DigitalKind.LayerNorm, _stream);
        }

        /// <summary>Ranking tokens and moving those that go on is not priced.</summary>
        public void DropTokens(int encoder)
        {
            tokens = spec.TokensBehind(encoder, tokens);
            _stream = (long)tokens * spec.Hidden;
        }

        public void Head(TransformerSites sites)
        {
            int rows = spec.PooledTokens(tokens);
            if (spec.Pooling == Pooling.Mean) Digital("mean", DigitalKind.Residual, (long)(tokens - spec.Input.ClassTokens) * spec.Hidden);
            if (spec.NormPosition == NormPosition.Pre) Digital("norm", DigitalKind.LayerNorm, (long)rows * spec.Hidden);
            if (spec.Pooler is not null)
            {
                Static(sites.Pooler, 1, spec.Hidden, spec.Hidden);
                Digital("pooler.activation", DigitalKind.Activation, spec.Hidden);
            }
            Static(sites.Head, spec.Pooling == Pooling.EveryToken ? rows : 1, spec.Hidden, spec.Classes);
            if (!spec.HasSecondHead) return;
            Static(sites.SecondHead, rows - 1, spec.Hidden, spec.Classes);
            Digital("head.merge", DigitalKind.Residual, (long)(rows - 1) * spec.Classes);
        }

        private void Attention(EncoderSites encoder)
        {
            int rows = spec.HeadGroup * tokens;
            long pairs = spec.Heads * spec.AttendedPairs(tokens);
            Static(encoder.Query, tokens, spec.Hidden, spec.QueryWidth);
            Static(encoder.Key, tokens, spec.Hidden, spec.KeyValueWidth);
            Static(encoder.Value, tokens, spec.Hidden, spec.KeyValueWidth);
            if (spec.IsRotary) Digital($"{encoder.Name}.rotation", DigitalKind.Rotation, (long)tokens * (spec.QueryWidth + spec.KeyValueWidth));
            Products.Add(new(encoder.Scores, rows, spec.HeadSize, tokens, spec.KeyValueHeads, Dynamic: true));
            Digital($"{encoder.Scores.Name}.rescale", DigitalKind.Rescale, pairs);
            Digital($"{encoder.Name}.softmax", DigitalKind.Softmax, pairs, spec.Heads);
            Add(new(encoder.Context, rows, tokens, spec.HeadSize, spec.KeyValueHeads, Dynamic: true, Probabilities: true));
        }

        private void Transformation(EncoderSites encoder)
        {
            long heads = (long)tokens * spec.QueryWidth;
            Digital($"{encoder.Transformation.Name}.norm", DigitalKind.LayerNorm, heads);
            Static(encoder.Transformation, tokens, spec.QueryWidth, spec.QueryWidth);
            Digital($"{encoder.Transformation.Name}.activation", DigitalKind.Activation, heads);
        }

        private void Static(ProductSite site, int rows, int inputs, int outputs) => Add(new ProductShape(site, rows, inputs, outputs));

        private void Digital(string name, DigitalKind kind, long elements, int units = 1) => DigitalSteps.Add(new(name, kind, elements, units));

        private void Add(ProductShape product)
        {
            Products.Add(product);
            Digital($"{product.Site.Name}.rescale", DigitalKind.Rescale, (long)product.Heads * product.Tokens * product.Outputs);
        }
    }
}

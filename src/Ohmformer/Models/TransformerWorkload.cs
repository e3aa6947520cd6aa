using Ohmformer.Mapping;

namespace Ohmformer.Models;

/// <summary>A vision transformer described as a <see cref="Workload"/>: what one forward pass computes, without weights.</summary>
public static class TransformerWorkload
{
    /// <summary>Every matrix product and digital step of <see cref="TransformerRun.Forward"/>, in its order.</summary>
    /// <param name="spec">Sizes of the network.</param>
    /// <returns>Inputs are priced as one byte per pixel and channel, outputs as four bytes per logit.</returns>
    public static Workload Of(TransformerSpec spec)
    {
        var steps = new Steps(spec);
        var sites = new TransformerSites(spec.Layers);
        steps.Static(sites.PatchEmbedding, spec.Patches, spec.PatchInputs, spec.Hidden);
        steps.Digital("embedding.positions", DigitalKind.Residual, (long)spec.Tokens * spec.Hidden);
        foreach (var encoder in sites.Encoders) steps.Encoder(encoder);
        steps.Digital("norm", DigitalKind.LayerNorm, spec.Hidden);
        steps.Static(sites.Head, 1, spec.Hidden, spec.Classes);
        return new Workload
        {
            Name = spec.Name,
            Products = steps.Products,
            Digital = steps.DigitalSteps,
            InputBytes = (long)spec.Channels * spec.ImageSize * spec.ImageSize,
            OutputBytes = sizeof(float) * (long)spec.Classes,
        };
    }

    /// <summary>Collects steps in order; each product is followed by its rescaling.</summary>
    private sealed class Steps(TransformerSpec spec)
    {
        public List<ProductShape> Products { get; } = [];

        public List<DigitalShape> DigitalSteps { get; } = [];

        public void Encoder(EncoderSites encoder)
        {
            int tokens = spec.Tokens, hidden = spec.Hidden;
            long stream = (long)tokens * hidden;
            Digital($"{encoder.Name}.attention.norm", DigitalKind.LayerNorm, stream);
            Static(encoder.Query, tokens, hidden, hidden);
            Static(encoder.Key, tokens, hidden, hidden);
            Static(encoder.Value, tokens, hidden, hidden);
            Dynamic(encoder.Scores, spec.HeadSize, tokens, probabilities: false);
            Digital($"{encoder.Name}.softmax", DigitalKind.Softmax, (long)spec.Heads * tokens * tokens, spec.Heads);
            Dynamic(encoder.Context, tokens, spec.HeadSize, probabilities: true);
            Static(encoder.Projection, tokens, hidden, hidden);
            Digital($"{encoder.Name}.attention.residual", DigitalKind.Residual, stream);

            Digital($"{encoder.Name}.mlp.norm", DigitalKind.LayerNorm, stream);
            Static(encoder.MlpIn, tokens, hidden, spec.Intermediate);
            Digital($"{encoder.Name}.mlp.activation", DigitalKind.Activation, (long)tokens * spec.Intermediate);
            Static(encoder.MlpOut, tokens, spec.Intermediate, hidden);
            Digital($"{encoder.Name}.mlp.residual", DigitalKind.Residual, stream);
        }

        public void Static(ProductSite site, int tokens, int inputs, int outputs) => Add(new ProductShape(site, tokens, inputs, outputs));

        public void Digital(string name, DigitalKind kind, long elements, int units = 1) => DigitalSteps.Add(new(name, kind, elements, units));

        private void Dynamic(ProductSite site, int inputs, int outputs, bool probabilities) =>
            Add(new ProductShape(site, spec.Tokens, inputs, outputs, spec.Heads, Dynamic: true, probabilities));

        private void Add(ProductShape product)
        {
            Products.Add(product);
            Digital($"{product.Site.Name}.rescale", DigitalKind.Rescale, (long)product.Heads * product.Tokens * product.Outputs);
        }
    }
}

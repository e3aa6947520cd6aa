using Ohmformer.Files;

namespace Ohmformer.Models;

/// <summary>Published networks by name: their sizes without weights, so that any of them can be priced.</summary>
public static class KnownShapes
{
    private const int ImageNetClasses = 1000, BertVocabulary = 30522;

    /// <summary>
    /// ImageNet classifiers of 224 x 224 pixels in 16 x 16 patches. Sizes: DeiT, Touvron et al., arXiv:2012.12877, table 1;
    /// ViT, Dosovitskiy et al., arXiv:2010.11929, table 1; ViT-S, Steiner et al., arXiv:2106.10270, table 2; LV-ViT, Jiang et al.,
    /// arXiv:2104.10858, table 1. Text: BERT, Devlin et al., arXiv:1810.04805, section 3; DistilBERT, Sanh et al.,
    /// arXiv:1910.01108, section 3; GPT-2, Radford et al., 2019, table 2 (the smallest); Llama, Touvron et al., arXiv:2302.13971, table 2.
    /// </summary>
    public static IReadOnlyList<TransformerSpec> All { get; } =
    [
        ImageNet("deit-tiny", layers: 12, hidden: 192, heads: 3),
        ImageNet("deit-small", layers: 12, hidden: 384, heads: 6),
        ImageNet("deit-base", layers: 12, hidden: 768, heads: 12),
        ImageNet("vit-small", layers: 12, hidden: 384, heads: 6),
        ImageNet("vit-base", layers: 12, hidden: 768, heads: 12),
        ImageNet("vit-large", layers: 24, hidden: 1024, heads: 16),
        ImageNet("lvvit-small", layers: 16, hidden: 384, heads: 6, stemChannels: 64) with { Intermediate = 3 * 384, Pooling = Pooling.DenseMax, QkvBias = false },
        Bert("bert-base", layers: 12, hidden: 768, heads: 12),
        Bert("bert-large", layers: 24, hidden: 1024, heads: 16),
        Bert("distilbert", layers: 6, hidden: 768, heads: 12, segments: 0) with { Pooler = Activation.Relu },
        Gpt2,
        Llama7B,
    ];

    private static TransformerSpec Gpt2 => new()
    {
        Name = "gpt2",
        Input = new TokenInput { Vocabulary = 50257, Length = 1024 },
        Layers = 12,
        Hidden = 768,
        Heads = 12,
        Intermediate = 3072,
        Classes = 50257,
        NormEpsilon = 1e-5,
        Activation = Activation.GeluTanh,
        Causal = true,
        Pooling = Pooling.EveryToken,
        HeadBias = false,
        TiedHead = true,
    };

    private static TransformerSpec Llama7B => new()
    {
        Name = "llama-7b",
        Input = new TokenInput { Vocabulary = 32000, Length = 2048 },
        Layers = 32,
        Hidden = 4096,
        Heads = 32,
        Intermediate = 11008,
        Classes = 32000,
        Norm = NormKind.Rms,
        NormEpsilon = 1e-6,
        Activation = Activation.Silu,
        GatedMlp = true,
        Positions = Positions.RotaryHalves,
        Causal = true,
        Pooling = Pooling.EveryToken,
        QkvBias = false,
        ProjectionBias = false,
        MlpBias = false,
        HeadBias = false,
    };

    /// <summary>The network of a name.</summary>
    /// <exception cref="InputException">There is none; the message lists the known.</exception>
    public static TransformerSpec Get(string name) => All.FirstOrDefault(s => s.Name == name)
        ?? throw new InputException($"no network is named \"{name}\"; known are {string.Join(", ", All.Select(s => s.Name))}");

    private static TransformerSpec ImageNet(string name, int layers, int hidden, int heads, int stemChannels = 0) => new()
    {
        Name = name,
        Input = new ImageInput { Size = 224, PatchSize = 16, Channels = 3, ClassTokens = 1, StemChannels = stemChannels },
        Layers = layers,
        Hidden = hidden,
        Heads = heads,
        Intermediate = 4 * hidden,
        Classes = ImageNetClasses,
        NormEpsilon = 1e-6,
    };

    /// <summary>A classifier of two classes on BERT.</summary>
    private static TransformerSpec Bert(string name, int layers, int hidden, int heads, int segments = 2) => new()
    {
        Name = name,
        Input = new TokenInput { Vocabulary = BertVocabulary, Length = 512, Segments = segments, Normalized = true },
        Layers = layers,
        Hidden = hidden,
        Heads = heads,
        Intermediate = 4 * hidden,
        Classes = 2,
        NormPosition = NormPosition.Post,
        Pooler = Activation.Tanh,
    };
}

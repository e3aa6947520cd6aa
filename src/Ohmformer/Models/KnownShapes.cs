using Ohmformer.Files;

namespace Ohmformer.Models;

/// <summary>Published networks by name: their sizes without weights, so that any of them can be priced.</summary>
public static class KnownShapes
{
    /// <summary>
    /// ImageNet classifiers of 224 x 224 pixels in 16 x 16 patches. Sizes: DeiT, Touvron et al., arXiv:2012.12877, table 1;
    /// ViT, Dosovitskiy et al., arXiv:2010.11929, table 1; ViT-S, Steiner et al., arXiv:2106.10270, table 2.
    /// </summary>
    public static IReadOnlyList<TransformerSpec> All { get; } =
    [
        ImageNet("deit-tiny", layers: 12, hidden: 192, heads: 3),
        ImageNet("deit-small", layers: 12, hidden: 384, heads: 6),
        ImageNet("deit-base", layers: 12, hidden: 768, heads: 12),
        ImageNet("vit-small", layers: 12, hidden: 384, heads: 6),
        ImageNet("vit-base", layers: 12, hidden: 768, heads: 12),
        ImageNet("vit-large", layers: 24, hidden: 1024, heads: 16),
    ];

    /// <summary>The network of a name.</summary>
    /// <exception cref="InputException">There is none; the message lists the known.</exception>
    public static TransformerSpec Get(string name) => All.FirstOrDefault(s => s.Name == name)
        ?? throw new InputException($"no network is named \"{name}\"; known are {string.Join(", ", All.Select(s => s.Name))}");

    private static TransformerSpec ImageNet(string name, int layers, int hidden, int heads) => new()
    {
        Name = name,
        Layers = layers,
        Hidden = hidden,
        Heads = heads,
        Intermediate = 4 * hidden,
        ImageSize = 224,
        PatchSize = 16,
        Channels = 3,
        Classes = 1000,
        NormEpsilon = 1e-6,
    };
}

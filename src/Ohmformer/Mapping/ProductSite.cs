namespace Ohmformer.Mapping;

/// <summary>The classes by which cost and diagnostics are reported.</summary>
public enum LayerClass
{
    /// <summary>Patch or token embedding.</summary>
    Embedding,

    /// <summary>Query, key and value projections.</summary>
    QueryKeyValue,

    /// <summary>Q K^T, K programmed per input.</summary>
    Scores,

    /// <summary>Probabilities times V, V programmed per input.</summary>
    Context,

    /// <summary>Transformation of the attention of an earlier encoder.</summary>
    Transformation,

    /// <summary>Output projection of attention.</summary>
    Projection,

    /// <summary>Feed-forward layers.</summary>
    Mlp,

    /// <summary>Classifier or language-model head.</summary>
    Head,
}

/// <summary>One matrix product of a network: its name, its class and the number that keys its noise.</summary>
/// <param name="Name">Name for people, for example "encoder.3.mlp.in".</param>
/// <param name="Class">Class for reports.</param>
/// <param name="Id">Number unique in the network, below 2^24; for a dynamic product the same for all heads.</param>
public readonly record struct ProductSite(string Name, LayerClass Class, int Id);

namespace Ohmformer.Lab.Runs;

/// <summary>What to evaluate.</summary>
public sealed record EvaluationRequest
{
    /// <summary>The shipped model.</summary>
    public const string DefaultModel = "vit-digits";

    /// <summary>The shipped default design.</summary>
    public const string DefaultDesign = "rram-default";

    /// <summary>Samples evaluated when the user names no number: a run of under two minutes on two cores.</summary>
    public const int DefaultSamples = 500;

    /// <summary>Noise seeds when the user names no number.</summary>
    public const int DefaultNoiseSeeds = 5;

    /// <summary>Shipped model or directory.</summary>
    public string Model { get; init; } = DefaultModel;

    /// <summary>Labeled images; null for the data shipped for the model.</summary>
    public string? Data { get; init; }

    /// <summary>Name or file of the design.</summary>
    public string Design { get; init; } = DefaultDesign;

    /// <summary>Samples from the start of the set; 0 for all.</summary>
    public int Samples { get; init; } = DefaultSamples;

    /// <summary>Noise seeds: Seed, Seed + 1, ...</summary>
    public int NoiseSeeds { get; init; } = DefaultNoiseSeeds;

    /// <summary>First noise seed.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Worker threads; the result does not depend on them.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;
}

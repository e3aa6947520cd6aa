using Ohmformer.Lab.Designs;
using Ohmformer.Lab.Tasks;

namespace Ohmformer.Lab.Runs;

/// <summary>What to evaluate.</summary>
public sealed record EvaluationRequest
{
    /// <summary>The shipped model.</summary>
    public const string DefaultModel = "vit-digits";

    /// <summary>The shipped default design.</summary>
    public const string DefaultDesign = "rram-default";

    /// <summary>Samples classified when the user names no number: a run of under two minutes on two cores.</summary>
    public const int DefaultSamples = 500;

    /// <summary>Noise seeds when the user names no number.</summary>
    public const int DefaultNoiseSeeds = 5;

    /// <summary>Names of tasks: kinds, and the tasks of GLUE.</summary>
    public static IReadOnlyList<string> Tasks => [.. TaskKind.Names];

    /// <summary>Shipped model or directory.</summary>
    public string Model { get; init; } = DefaultModel;

    /// <summary>Kind of task, or a task of GLUE; null for what the model is made for.</summary>
    public string? Task { get; init; }

    /// <summary>The data of the task; null for the data shipped for the model.</summary>
    public string? Data { get; init; }

    /// <summary>Name or file of the design.</summary>
    public string Design { get; init; } = DefaultDesign;

    /// <summary>Parameters of the design that are changed.</summary>
    public IReadOnlyList<DesignSetting> Settings { get; init; } = [];

    /// <summary>Samples from the start of the set; 0 for all, null for the task's number.</summary>
    public int? Samples { get; init; }

    /// <summary>Noise seeds: Seed, Seed + 1, ...</summary>
    public int NoiseSeeds { get; init; } = DefaultNoiseSeeds;

    /// <summary>First noise seed.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Worker threads; the result does not depend on them.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;
}

using Ohmformer.Files;
using Ohmformer.Models;
using Ohmformer.Physics;
using Ohmformer.Training;
using Ohmformer.Training.Tasks;

namespace Ohmformer.Techniques.Trex;

/// <summary>
/// Everything that decides the result of TReX (Moitra, Bhattacharjee, Kim, Panda, arXiv:2408.12742): how many encoders reuse attention, how
/// patterns are compared and how the best one is tuned. docs/guide/trex.md is its reference.
/// </summary>
public sealed record TrexRecipe : ICheckedSpec
{
    /// <summary>Folder of the trained model, or the name of a shipped one; null where the command line names it.</summary>
    [Parameter("Folder of the trained model, or the name of a shipped one; the command line may name it.")]
    public string? Model { get; init; }

    /// <summary>What the model has learned, from which data; null for what the recipe in its folder says.</summary>
    [Parameter("What the model has learned, from which data; what recipe.yaml in the model's folder says when left out.")]
    public TaskSpec? Task { get; init; }

    /// <summary>What the encoders may cost; null where the number of reuses is given.</summary>
    [Parameter("What the encoders may cost; left out where 'reuses' is given. The command line replaces both.")]
    public ReuseTargetSpec? Target { get; init; }

    /// <summary>Encoders that reuse attention; null where a target decides it.</summary>
    [Parameter("Encoders that reuse attention; left out where 'target' decides it.", Min = 1, Max = 999)]
    public int? Reuses { get; init; }

    /// <summary>The hardware that the target is for.</summary>
    [Parameter("Design that the target is for.")]
    public string Design { get; init; } = "trex-fefet";

    /// <summary>What stands in place of attention.</summary>
    [Parameter("What stands in place of attention.")]
    public AttentionStandIn StandIn { get; init; }

    /// <summary>Share of the training samples on which patterns are compared.</summary>
    [Parameter("Share of the training samples on which patterns are compared; always the same ones.", Min = 1e-6, Max = 1)]
    public double Share { get; init; } = 0.2;

    /// <summary>How every pattern is trained for the comparison.</summary>
    [Parameter("How every pattern is trained for the comparison.")]
    public required OptimizationSpec Search { get; init; }

    /// <summary>How the best pattern is tuned.</summary>
    [Parameter("How the best pattern is tuned.")]
    public required OptimizationSpec FineTuning { get; init; }

    /// <summary>What is learned from the original model.</summary>
    [Parameter("What is learned from the original model; nothing when null.")]
    public DistillationSpec? Distillation { get; init; } = new();

    /// <summary>Noise of the hardware in every forward pass; null for none.</summary>
    [Parameter("Noise of the hardware in every forward pass of training and evaluation; none when left out.")]
    public ForwardNoiseSpec? Noise { get; init; }

    /// <summary>Seed of transformation blocks, share, order, augmentation and noise.</summary>
    [Parameter("Seed of transformation blocks, choice of the share, order, augmentation and noise.", Min = 0)]
    public ulong Seed { get; init; } = 1;

    /// <inheritdoc/>
    public IEnumerable<Violation> Violations()
    {
        if (Target is not null && Reuses is not null) yield return new(nameof(Reuses), "contradicts 'target', which decides the number of reuses; remove one of them");
        if (Search.Patience is not null) yield return new(nameof(Search), "has 'patience', but patterns are compared after equally many epochs; remove it");
    }
}

/// <summary>What the encoders of a network may cost at most: one figure of one inference.</summary>
public sealed record ReuseTargetSpec : ICheckedSpec
{
    /// <summary>Longest duration.</summary>
    [Parameter("Longest duration of one inference.", Min = 0)]
    public Time? Delay { get; init; }

    /// <summary>Largest energy.</summary>
    [Parameter("Largest energy of one inference.", Min = 0)]
    public Energy? Energy { get; init; }

    /// <summary>Largest area.</summary>
    [Parameter("Largest area.", Min = 0)]
    public Area? Area { get; init; }

    /// <summary>Largest energy-delay-area product.</summary>
    [Parameter("Largest energy-delay-area product in mJ ms mm2.", Min = 0)]
    public double? Edap { get; init; }

    /// <summary>The figure and its limit.</summary>
    public ReuseTarget Target =>
        Delay is { } delay ? new(TrexMetric.Delay, delay.Si)
        : Energy is { } energy ? new(TrexMetric.Energy, energy.Si)
        : Area is { } area ? new(TrexMetric.Area, area.Si)
        : new(TrexMetric.Edap, Edap ?? throw new InputException("the target names no figure; give delay, energy, area or edap."));

    /// <inheritdoc/>
    public IEnumerable<Violation> Violations()
    {
        object?[] given = [Delay, Energy, Area, Edap];
        if (given.Count(g => g is not null) != 1) yield return new(nameof(Delay), "is one of four figures, delay, energy, area and edap; give exactly one of them");
    }
}

using Ohmformer.Models;
using Ohmformer.Techniques.Trex;

namespace Ohmformer.Lab.Experiments;

/// <summary>A network that was trained on a share of the data.</summary>
/// <param name="Network">The network.</param>
/// <param name="Kind">The kind of its pattern; null for a random subset.</param>
/// <param name="Loss">Mean cross-entropy of the share's samples, by which TReX ranks.</param>
/// <param name="Accuracy">Accuracy on test samples.</param>
internal sealed record TrexPartial(TrexNetwork Network, ReusePatternKind? Kind, double Loss, TrexAccuracy Accuracy);

/// <summary>A network that was fine-tuned.</summary>
/// <param name="Network">The network.</param>
/// <param name="Accuracy">Accuracy on test samples.</param>
internal sealed record TrexTuned(TrexNetwork Network, TrexAccuracy Accuracy);

/// <summary>Accuracy of a network on the arrays of a design.</summary>
/// <param name="Network">The network; null for the original.</param>
/// <param name="Design">Name of the design.</param>
/// <param name="Points">In percent for each noise seed.</param>
internal sealed record TrexOnArrays(TrexNetwork? Network, string Design, double[] Points);

/// <summary>What the study of a model found.</summary>
internal sealed record TrexModelResult
{
    /// <summary>Name of the model.</summary>
    public required string Model { get; init; }

    /// <summary>Its sizes.</summary>
    public required TransformerSpec Spec { get; init; }

    /// <summary>What was done.</summary>
    public required TrexBudget Budget { get; init; }

    /// <summary>The best pattern of each number of reuses.</summary>
    public required IReadOnlyDictionary<int, AttentionReuse> Best { get; init; }

    /// <summary>Patterns and random subsets of the compared number after partial training; empty where none are compared.</summary>
    public required IReadOnlyList<TrexPartial> Patterns { get; init; }

    /// <summary>The networks that were fine-tuned, each training on its own.</summary>
    public required IReadOnlyList<TrexTuned> Tuned { get; init; }

    /// <summary>Accuracies on arrays.</summary>
    public required IReadOnlyList<TrexOnArrays> Arrays { get; init; }

    /// <summary>Folder of the network with the compared number of reuses; null where none are compared.</summary>
    public required string? ComparedFolder { get; init; }

    /// <summary>Test samples of fine-tuned networks.</summary>
    public required int Samples { get; init; }

    /// <summary>Test samples of partially trained networks.</summary>
    public required int PartialSamples { get; init; }

    /// <summary>Test samples on arrays.</summary>
    public required int ArraySamples { get; init; }

    /// <summary>The patterns that are trained in both ways, with the first seed.</summary>
    public IReadOnlyList<(TrexPartial Partial, TrexTuned Tuned)> Ranked =>
        [.. from pattern in Patterns from network in Tuned where pattern.Kind is not null && network.Network == pattern.Network select (pattern, network)];

    /// <summary>The fine-tuned networks of a kind, a training each.</summary>
    /// <param name="network">One of them; its seed does not count.</param>
    public IReadOnlyList<TrexTuned> Of(TrexNetwork network) => [.. Tuned.Where(t => t.Network.Name == network.Name)];

    /// <summary>The fine-tuned networks with the best pattern of a number of reuses.</summary>
    /// <param name="reuses">The number; 0 for the control without reuse.</param>
    public IReadOnlyList<TrexTuned> OfNumber(int reuses) => Of(new() { Reuse = reuses == 0 ? null : Best[reuses] });
}

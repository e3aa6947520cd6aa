using System.Globalization;
using Ohmformer.Mapping;
using Ohmformer.Models;
using Ohmformer.Techniques.Trex;
using Ohmformer.Training;

namespace Ohmformer.Lab.Experiments;

/// <summary>A network that the study of TReX trains: the original, or with one of the techniques that are compared.</summary>
internal sealed record TrexNetwork
{
    /// <summary>Encoders that reuse attention; null for none.</summary>
    public AttentionReuse? Reuse { get; init; }

    /// <summary>Neighboring encoders that share all weights; 1 for none.</summary>
    public int SharedEncoders { get; init; } = 1;

    /// <summary>Tokens that drop out; null for none.</summary>
    public TokenPruning? Pruning { get; init; }

    /// <summary>Seed of its trainings and of what is drawn for it.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Encoders that reuse attention.</summary>
    public int Reuses => Reuse?.Encoders.Count ?? 0;

    /// <summary>What it is, without the seed: the name of its files.</summary>
    public string Name => Reuse is { } reuse
        ? $"reuse-{string.Join('-', reuse.Encoders)}{(reuse.StandIn == AttentionStandIn.Transformation ? "" : "-" + reuse.StandIn.ToString().ToLowerInvariant())}"
        : SharedEncoders > 1 ? $"shared-{SharedEncoders}"
        : Pruning is { } pruning ? string.Create(CultureInfo.InvariantCulture, $"pruned-{pruning.KeepRatio}")
        : "no-reuse";

    /// <summary>What it is, for people.</summary>
    public string Words => Reuse switch
    {
        { StandIn: AttentionStandIn.Transformation } => Reuses == 1 ? "1 reuse" : $"{Reuses} reuses",
        { } reuse => $"{Reuses} reuses, {reuse.StandIn.ToString().ToLowerInvariant()}",
        null when SharedEncoders > 1 => $"weights shared by {SharedEncoders}",
        null when Pruning is { } pruning => string.Create(CultureInfo.InvariantCulture, $"tokens pruned to {100 * pruning.KeepRatio:G3} %"),
        _ => "without reuse",
    };

    /// <summary>What its encoders cost, everything counted.</summary>
    /// <param name="design">The hardware.</param>
    /// <param name="original">The sizes of the original model.</param>
    public TrexCost Cost(Design design, TransformerSpec original) => SharedEncoders > 1 ? TrexSim.SharedWeights(design, original, SharedEncoders)
        : Pruning is { } pruning ? TrexSim.PrunedTokens(design, original, pruning.KeepRatio)
        : TrexSim.Estimate(design, original with { Reuse = Reuse });

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Name}, seed {Seed}");
}

/// <summary>How far a network of the study is trained.</summary>
/// <param name="Name">Name of its files.</param>
/// <param name="Share">Share of the training samples.</param>
/// <param name="Optimization">How the loss is minimized.</param>
/// <param name="Before">The training that it goes on from; null to start from the original.</param>
internal sealed record TrexStage(string Name, double Share, OptimizationSpec Optimization, TrexStage? Before = null)
{
    /// <inheritdoc/>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Name}: share {Share}, {Optimization.Epochs} epochs, batch {Optimization.BatchSize}, rate {Optimization.LearningRate}, warm-up {Optimization.WarmUpEpochs}, decay {Optimization.WeightDecay}; after {Before}");
}

/// <summary>How accurate a network is.</summary>
/// <param name="Float">In single precision, in percent.</param>
/// <param name="Noisy">With the noise of FeFET cells as in training, in percent for each noise seed.</param>
internal sealed record TrexAccuracy(double Float, double[] Noisy)
{
    /// <summary>The mean with noise.</summary>
    public double Mean => Noisy.Average();
}

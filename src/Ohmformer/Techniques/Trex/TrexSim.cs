using Ohmformer.Cost;
using Ohmformer.Files;
using Ohmformer.Mapping;
using Ohmformer.Models;

namespace Ohmformer.Techniques.Trex;

/// <summary>
/// TReXSim (Moitra et al.: TReX, arXiv:2408.12742, Tables II and III) as a view of the cost model: the encoders alone, priced by
/// any design; on the designs trex-fefet, trex-sram and trex-hybrid the totals are those of the paper. The baselines that the paper
/// compares with run on the same model. docs/theory/trex.md has the equations.
/// </summary>
public static class TrexSim
{
    /// <summary>Cost of a network's encoders.</summary>
    /// <param name="design">The hardware.</param>
    /// <param name="spec">The network; <see cref="TransformerSpec.Reuse"/> says which encoders reuse attention.</param>
    /// <param name="counting">What counts; everything when null.</param>
    /// <param name="tokens">Tokens of the input; the most that the network takes when null.</param>
    /// <exception cref="InputException">The design cannot be priced, or the network has no encoder that is said to reuse attention.</exception>
    public static TrexCost Estimate(Design design, TransformerSpec spec, TrexCounting? counting = null, int? tokens = null)
    {
        counting ??= TrexCounting.Honest;
        var workload = Encoders(spec, tokens ?? spec.Tokens, counting.CountTransformations);
        long density = counting.Operations == TrexOperations.Actual ? workload.Macs : Encoders(spec with { Reuse = null }, tokens ?? spec.Tokens).Macs;
        return TrexCost.Of(CostModel.Estimate(design, workload), density);
    }

    /// <summary>What the encoders of a network compute: products and digital steps without embedding and head.</summary>
    /// <param name="spec">The network.</param>
    /// <param name="tokens">Tokens of the input.</param>
    /// <param name="countTransformations">Whether transformation blocks are among it.</param>
    public static Workload Encoders(TransformerSpec spec, int tokens, bool countTransformations = true)
    {
        var all = TransformerWorkload.Of(spec, tokens);
        var sites = new TransformerSites(spec.Layers).Encoders;
        return new()
        {
            Name = spec.Name,
            Products = [.. all.Products.Where(p => Counts(p.Site.Name))],
            Digital = [.. all.Digital.Where(d => Counts(d.Name))],
            InputBytes = 0,
            OutputBytes = 0,
        };

        bool Counts(string name) => sites.Any(site => name.StartsWith($"{site.Name}.", StringComparison.Ordinal)
            && (countTransformations || !name.StartsWith(site.Transformation.Name, StringComparison.Ordinal)));
    }

    /// <summary>
    /// Attention (projections of Q, K and V, their products, softmax) against the rest (output projection and feed-forward
    /// layers), each with its own tiles: the blocks of the paper's breakdown.
    /// </summary>
    /// <inheritdoc cref="Estimate"/>
    public static (TrexCost Attention, TrexCost Others) Blocks(Design design, TransformerSpec spec, int? tokens = null)
    {
        var all = Encoders(spec, tokens ?? spec.Tokens);
        return (Part(true), Part(false));

        TrexCost Part(bool attention)
        {
            var part = all with
            {
                Products = [.. all.Products.Where(p => attention == p.Site.Class is LayerClass.QueryKeyValue or LayerClass.Scores or LayerClass.Context)],
                Digital = [.. all.Digital.Where(d => attention == (d.Kind == DigitalKind.Softmax))],
            };
            return TrexCost.Of(CostModel.Estimate(design, part), part.Macs);
        }
    }

    /// <summary>ReTransformer (Yang et al., ICCAD 2020): K^T is never written; everything else as without it.</summary>
    /// <inheritdoc cref="Estimate"/>
    public static TrexCost WithoutKeyWrite(Design design, TransformerSpec spec)
    {
        var workload = Encoders(spec, spec.Tokens);
        var report = CostModel.Estimate(design, workload);
        var cost = TrexCost.Of(report, workload.Macs);
        foreach (var step in report.Steps.Where(s => s.Class == nameof(LayerClass.Scores)))
            cost = cost with { Energy = cost.Energy - step.Energy[CostComponent.CellWrites], Delay = cost.Delay - step.WriteLatency };
        return cost;
    }

    /// <summary>Groups of neighboring encoders share their weights: as many operations on the tiles of one encoder per group.</summary>
    /// <param name="design">The hardware.</param>
    /// <param name="spec">The network, without reuse of attention.</param>
    /// <param name="sharing">Encoders of a group; the last group may have fewer.</param>
    /// <exception cref="InputException">There are not 1 to as many encoders as the network has, or it reuses attention.</exception>
    public static TrexCost SharedWeights(Design design, TransformerSpec spec, int sharing)
    {
        if (sharing < 1 || sharing > spec.Layers) throw new InputException($"{sharing} encoders cannot share weights: {spec.Name} has {spec.Layers}. Choose 1 to {spec.Layers}.");
        if (spec.Reuse is not null) throw new InputException($"{spec.Name} reuses attention; weights are shared in networks that do not.");
        return Estimate(design, spec) with { Area = Estimate(design, spec with { Layers = (spec.Layers + sharing - 1) / sharing }).Area };
    }

    /// <summary>
    /// Token pruning in three stages as <see cref="TokenPruning"/> has it (Rao et al.: DynamicViT, arXiv:2106.02034). Encoders have the tiles
    /// that their tokens need; choosing costs nothing. Encoders that reuse attention transform that of the tokens that are left.
    /// </summary>
    /// <param name="design">The hardware.</param>
    /// <param name="spec">The network.</param>
    /// <param name="keep">Share that each stage keeps, above 0 and at most 1.</param>
    /// <exception cref="InputException">The share is out of range, or the network has no class token.</exception>
    public static TrexCost PrunedTokens(Design design, TransformerSpec spec, double keep)
    {
        if (!(keep > 0 && keep <= 1)) throw new InputException($"a stage cannot keep a share of {keep} of the tokens. Choose a share above 0, at most 1.");
        return Estimate(design, spec with { Pruning = new() { KeepRatio = keep } }) with { DensityMacs = Encoders(spec, spec.Tokens).Macs };
    }
}

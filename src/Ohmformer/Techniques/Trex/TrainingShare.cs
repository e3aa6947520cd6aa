using Ohmformer.Models;
using Ohmformer.Numerics;
using Ohmformer.Training;

namespace Ohmformer.Techniques.Trex;

/// <summary>
/// A share of a task's training samples, drawn once. They are the test samples, too: after the training the network is scored on what
/// it has learned from, as augmented in the first epoch.
/// </summary>
public sealed class TrainingShare : ITrainingTask
{
    private readonly ITrainingTask _whole;
    private readonly int[] _chosen;

    /// <summary>Draws samples.</summary>
    /// <param name="whole">The task.</param>
    /// <param name="share">Share of its training samples, at least one of them.</param>
    /// <param name="seed">Seed of the draw.</param>
    public TrainingShare(ITrainingTask whole, double share, ulong seed)
    {
        _whole = whole;
        int all = whole.Count(DataPart.Train), count = Math.Clamp((int)Math.Round(share * all), 1, all);
        int[] order = [.. Enumerable.Range(0, all)];
        var random = new RandomStream(new NoiseKey(seed, NoisePurpose.Sampling, site: 0));
        for (int i = 0; i < count; i++)
        {
            int other = i + random.NextBelow(all - i);
            (order[i], order[other]) = (order[other], order[i]);
        }
        _chosen = [.. order.Take(count).Order()];
    }

    /// <inheritdoc/>
    public TransformerSpec Network => _whole.Network;

    /// <inheritdoc/>
    public int Count(DataPart part) => part == DataPart.Validation ? 0 : _chosen.Length;

    /// <inheritdoc/>
    public TrainingBatch Read(DataPart part, int epoch, ReadOnlySpan<int> samples)
    {
        int[] own = new int[samples.Length];
        for (int i = 0; i < own.Length; i++) own[i] = _chosen[samples[i]];
        return _whole.Read(DataPart.Train, part == DataPart.Train ? epoch : 0, own);
    }

    /// <inheritdoc/>
    public void Save(TransformerWeights weights, string folder) => _whole.Save(weights, folder);
}

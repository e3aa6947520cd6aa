using System.Globalization;
using Ohmformer.Files;
using Ohmformer.Models;
using Ohmformer.Models.Checkpoints;
using Ohmformer.Models.Features;
using Ohmformer.Numerics;

namespace Ohmformer.Training.Tasks;

/// <summary>Clips of features with a class each, for a post-LN Keyword Transformer (Berg et al., arXiv:2104.00769).</summary>
internal sealed class FeatureTask : ITrainingTask, IDisposable
{
    private const double NormEpsilon = 1e-6;

    private readonly FeatureTaskSpec _spec;
    private readonly ulong _seed;
    private readonly FeatureSet _train, _test;
    private readonly IReadOnlyList<string> _labels;

    /// <summary>Fits clips and a network to each other; both sets are closed with the task.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="spec">Its task.</param>
    /// <param name="train">Training clips; the last ones are held out.</param>
    /// <param name="test">Test clips.</param>
    /// <param name="start">The model to start from, or null.</param>
    /// <exception cref="InputException">They do not fit.</exception>
    public FeatureTask(TrainingRecipe recipe, FeatureTaskSpec spec, FeatureSet train, FeatureSet test, Checkpoint? start = null)
    {
        (_spec, _seed, _train, _test) = (spec, recipe.Seed, train, test);
        if (spec.ValidationSamples >= train.Count)
            throw new InputException($"recipe {recipe.Name}: validationSamples {spec.ValidationSamples} leaves nothing of {train.Count} training clips; hold out fewer.");
        if ((test.Frames, test.FrameFeatures) != (train.Frames, train.FrameFeatures))
            throw new InputException($"{test.Source}: clips have {test.Frames} frames of {test.FrameFeatures} features, those of {train.Source} have {train.Frames} of {train.FrameFeatures}; make them equal");
        int labels = 1 + Math.Max(Enumerable.Range(0, train.Count).Max(train.Label), Enumerable.Range(0, test.Count).Max(test.Label));
        if (spec.ClassNames.Count is > 0 and int named && named < labels)
            throw new InputException($"recipe {recipe.Name}: classNames has {named} names, the clips have labels up to {labels - 1}; name every class.");
        _labels = spec.ClassNames.Count > 0 ? spec.ClassNames
            : start?.Labels.Count >= labels ? start.Labels : [.. Enumerable.Range(0, labels).Select(c => c.ToString(CultureInfo.InvariantCulture))];
        Network = start is null ? NetworkOf(recipe, train, _labels.Count) : start.Spec with { Name = recipe.Name, Classes = _labels.Count };
        if (Network.Input is not FeatureInput input || (input.Frames, input.Features) != (train.Frames, train.FrameFeatures))
            throw new InputException($"recipe {recipe.Name}: start {recipe.Start} does not take {train.Frames} frames of {train.FrameFeatures} features; name a model that does.");
    }

    /// <inheritdoc/>
    public TransformerSpec Network { get; }

    /// <inheritdoc/>
    public int Count(DataPart part) => part switch
    {
        DataPart.Train => _train.Count - _spec.ValidationSamples,
        DataPart.Validation => _spec.ValidationSamples,
        _ => _test.Count,
    };

    /// <inheritdoc/>
    public TrainingBatch Read(DataPart part, int epoch, ReadOnlySpan<int> samples)
    {
        int length = _train.Frames * _train.FrameFeatures;
        var features = new float[samples.Length * length];
        var targets = new ClassTargets(samples.Length, Network.Classes, part == DataPart.Train ? _spec.LabelSmoothing : 0);
        for (int i = 0; i < samples.Length; i++)
        {
            var clip = features.AsSpan(i * length, length);
            var (set, index) = part switch
            {
                DataPart.Train => (_train, samples[i]),
                DataPart.Validation => (_train, Count(DataPart.Train) + samples[i]),
                _ => (_test, samples[i]),
            };
            set.Read(index, clip);
            if (part == DataPart.Train) Augment(clip, new RandomStream(new NoiseKey(_seed, NoisePurpose.Augmentation, epoch, index + 1)));
            targets.Set(i, set.Label(index));
        }
        return new TrainingBatch
        {
            Values = features,
            Lengths = Enumerable.Repeat(_train.Frames, samples.Length).ToArray(),
            Labels = targets.Labels,
            Probabilities = targets.Probabilities,
        };
    }

    /// <inheritdoc/>
    public void Save(TransformerWeights weights, string folder) => new Checkpoint(Network, weights, _labels, null).Save(folder);

    /// <inheritdoc/>
    public void Dispose()
    {
        _train.Dispose();
        _test.Dispose();
    }

    private static TransformerSpec NetworkOf(TrainingRecipe recipe, FeatureSet train, int classes) => new()
    {
        Name = recipe.Name,
        Input = new FeatureInput { Frames = train.Frames, Features = train.FrameFeatures, ClassTokens = 1 },
        Layers = recipe.Network!.Layers,
        Hidden = recipe.Network.Hidden,
        Heads = recipe.Network.Heads,
        Intermediate = recipe.Network.Intermediate,
        Classes = classes,
        NormPosition = NormPosition.Post,
        NormEpsilon = NormEpsilon,
        QkvBias = false,
    };

    // A shift in time, then masks over time and over features (Park et al.: SpecAugment, arXiv:1904.08779, section 2).
    private void Augment(Span<float> clip, RandomStream random)
    {
        int frames = _train.Frames, width = _train.FrameFeatures;
        int shift = random.NextBelow(2 * _spec.ShiftFrames + 1) - _spec.ShiftFrames;
        var (firstFrame, maskedFrames) = Mask(ref random, _spec.MaskedFrames, frames);
        var (firstFeature, maskedFeatures) = Mask(ref random, _spec.MaskedFeatures, width);
        for (int i = 0; i < frames && shift != 0; i++)
        {
            int to = shift > 0 ? frames - 1 - i : i, from = Math.Clamp(to - shift, 0, frames - 1);
            clip.Slice(from * width, width).CopyTo(clip[(to * width)..]);
        }
        clip.Slice(firstFrame * width, maskedFrames * width).Clear();
        for (int t = 0; t < frames; t++) clip.Slice(t * width + firstFeature, maskedFeatures).Clear();
    }

    private static (int First, int Length) Mask(ref RandomStream random, int most, int all)
    {
        int length = random.NextBelow(Math.Min(most, all) + 1);
        return (random.NextBelow(all - length + 1), length);
    }
}

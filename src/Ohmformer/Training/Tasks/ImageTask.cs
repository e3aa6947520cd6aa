using System.Buffers;
using Ohmformer.Files;
using Ohmformer.Models;
using Ohmformer.Models.Checkpoints;
using Ohmformer.Models.Images;
using Ohmformer.Numerics;

namespace Ohmformer.Training.Tasks;

/// <summary>Images with a class each. They are decoded, resized and changed where they are read, so that a set need not fit the memory.</summary>
internal sealed class ImageTask : ITrainingTask
{
    private const int PatchTile = 9;

    private readonly ImageTaskSpec _spec;
    private readonly ulong _seed;
    private readonly int _epochs;
    private readonly ImageSet _train, _test;
    private readonly IReadOnlyList<string> _labels;
    private readonly Preprocessing _preprocessing;
    private readonly Augmentation _augmentation;
    private readonly Mixing _mixing;
    private readonly ImageInput _input;

    /// <summary>Fits images and a network to each other.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="spec">Its task.</param>
    /// <param name="train">Training images; the last ones are held out.</param>
    /// <param name="test">Test images.</param>
    /// <param name="start">The model to start from, or null.</param>
    /// <exception cref="InputException">They do not fit.</exception>
    public ImageTask(TrainingRecipe recipe, ImageTaskSpec spec, ImageSet train, ImageSet test, Checkpoint? start = null)
    {
        (_spec, _seed, _epochs) = (spec, recipe.Seed, recipe.Optimization.Epochs);
        if (spec.ValidationSamples >= train.Count)
            throw new InputException($"recipe {recipe.Name}: validationSamples {spec.ValidationSamples} leaves nothing of {train.Count} training images; hold out fewer.");
        Network = ImageNetwork.Of(recipe, spec, train, start?.Spec);
        _input = (ImageInput)Network.Input;
        var framing = start is null ? ImageNetwork.FramingOf(spec, train) : start.Preprocessing!.Framing;
        var raw = new Preprocessing { Mean = [.. new double[_input.Channels]], Deviation = [.. Enumerable.Repeat(1.0, _input.Channels)], Framing = framing };
        (_train, _test) = (train.FittedTo(Network, raw), test.FittedTo(Network, raw));
        _preprocessing = start?.Preprocessing ?? ImageNetwork.Normalize(recipe, spec, raw, _train, Count(DataPart.Train));
        _labels = ImageNetwork.LabelsOf(recipe, spec, train, Network.Classes, start?.Labels);
        _augmentation = new Augmentation(spec.Augmentation, recipe.Seed, _preprocessing, _input.Size);
        _mixing = new Mixing(spec.Augmentation, recipe.Seed, Count(DataPart.Train), _input.Size);
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
        bool training = part == DataPart.Train;
        int length = _input.Values, patches = Network.Tokens - _input.ClassTokens;
        int kept = training && epoch < _epochs - _spec.WholeEpochs ? Math.Max(1, (int)(_spec.KeptPatches * patches)) : patches;
        var pixels = new float[samples.Length * length];
        var targets = new ClassTargets(samples.Length, Network.Classes, training ? _spec.LabelSmoothing : 0);
        for (int i = 0; i < samples.Length; i++)
        {
            var image = pixels.AsSpan(i * length, length);
            if (training) ReadMixed(epoch, samples[i], image, targets, i);
            else ReadPlain(part, samples[i], image, targets, i);
        }
        return new TrainingBatch
        {
            Values = pixels,
            Lengths = Enumerable.Repeat(kept, samples.Length).ToArray(),
            Kept = kept < patches ? Kept(epoch, samples, kept, patches) : default,
            Labels = targets.Labels,
            Probabilities = targets.Probabilities,
        };
    }

    /// <inheritdoc/>
    public void Save(TransformerWeights weights, string folder) => new Checkpoint(Network, weights, _labels, _preprocessing).Save(folder);

    private void ReadPlain(DataPart part, int sample, Span<float> image, ClassTargets targets, int place)
    {
        var (set, index) = part == DataPart.Test ? (_test, sample) : (_train, Count(DataPart.Train) + sample);
        set.Read(index, _preprocessing, image);
        targets.Set(place, set.Label(index));
    }

    private void ReadMixed(int epoch, int sample, Span<float> image, ClassTargets targets, int place)
    {
        ReadAugmented(epoch, sample, image);
        if (_mixing.Of(epoch, sample) is not { } mix)
        {
            targets.Set(place, _train.Label(sample));
            return;
        }
        float[] memory = ArrayPool<float>.Shared.Rent(image.Length);
        var partner = memory.AsSpan(0, image.Length);
        ReadAugmented(epoch, mix.Partner, partner);
        mix.Apply(partner, _input.Size, image);
        ArrayPool<float>.Shared.Return(memory);
        targets.Set(place, _train.Label(sample), _train.Label(mix.Partner), mix.Share);
    }

    private void ReadAugmented(int epoch, int sample, Span<float> image)
    {
        _train.Read(sample, _preprocessing, image);
        _augmentation.Apply(image, epoch, sample);
    }

    // The first of a random order of the patches (Fisher and Yates), ascending.
    private int[] Kept(int epoch, ReadOnlySpan<int> samples, int kept, int patches)
    {
        int[] all = new int[samples.Length * kept], order = new int[patches];
        for (int i = 0; i < samples.Length; i++)
        {
            var random = new RandomStream(new NoiseKey(_seed, NoisePurpose.Augmentation, epoch, samples[i] + 1, PatchTile));
            for (int p = 0; p < patches; p++) order[p] = p;
            for (int p = 0; p < kept; p++)
            {
                int other = p + random.NextBelow(patches - p);
                (order[p], order[other]) = (order[other], order[p]);
            }
            order.AsSpan(0, kept).CopyTo(all.AsSpan(i * kept));
            all.AsSpan(i * kept, kept).Sort();
        }
        return all;
    }
}

using Ohmformer.Files;
using Ohmformer.Models;
using Ohmformer.Models.Checkpoints;
using Ohmformer.Models.Images;
using Ohmformer.Training;
using Ohmformer.Training.Tasks;

namespace Ohmformer.Tests.Training.Tasks;

public sealed class ImageTaskTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Mean_and_deviation_are_those_of_the_training_images_to_four_digits()
    {
        // Two values per channel: mean and half distance are what they should be.
        byte[] pixels = [.. Enumerable.Range(0, 6 * 3 * 16).Select(i => (byte)(i / 16 % 3 == 0 ? 51 : i / 16 % 3 == 1 ? (i % 2) * 204 : 102 + i % 2 * 51))];
        pixels[0] = 255; // No channel is constant.
        var task = new ImageTask(Recipe(), Spec, new ImageSet("generated", pixels, [0, 1, 2, 3, 0, 1], 3, 4, 4), Images(3));
        task.Save(Weights(task), _folder.File("model"));
        var saved = Checkpoint.Load(_folder.File("model")).Preprocessing!;
        double[] first = [.. Enumerable.Range(0, 96).Select(i => i == 0 ? 1.0 : 0.2)];
        Assert.Equal([Math.Round(first.Average(), 4), 0.4, 0.5], saved.Mean);
        Assert.Equal([Math.Round(Math.Sqrt(first.Average(v => v * v) - first.Average() * first.Average()), 4), 0.4, 0.1], saved.Deviation);

        var batch = task.Read(DataPart.Train, 0, [1]);
        Assert.Equal((0 - 0.4f) / 0.4f, batch.Values.Span[16], 1e-6f);
    }

    [Fact]
    public void Held_out_and_test_samples_are_read_as_they_are()
    {
        var train = Images(1, 20);
        var task = new ImageTask(Recipe(), Spec with { Mean = [0], Deviation = [1], ValidationSamples = 5, LabelSmoothing = 0.2, KeptPatches = 0.5, Augmentation = Strong }, train, Images(2));
        Assert.Equal((15, 5, 20), (task.Count(DataPart.Train), task.Count(DataPart.Validation), task.Count(DataPart.Test)));
        var batch = task.Read(DataPart.Validation, 3, [4, 0]);
        var expected = new float[16];
        train.Read(19, new Preprocessing { Mean = [0], Deviation = [1] }, expected);
        Assert.Equal(expected, batch.Values.ToArray()[..16]);
        Assert.Equal([train.Label(19), train.Label(15)], batch.Labels.ToArray());
        Assert.True(batch.Probabilities.IsEmpty && batch.Kept.IsEmpty);
        Assert.Equal([4, 4], batch.Lengths.ToArray());
    }

    [Fact]
    public void Sample_does_not_depend_on_the_batch()
    {
        var task = new ImageTask(Recipe(), Spec with { LabelSmoothing = 0.1, KeptPatches = 0.6, Augmentation = Strong }, Images(1), Images(2));
        var batch = task.Read(DataPart.Train, 2, [3, 7, 11]);
        var alone = task.Read(DataPart.Train, 2, [7]);
        Assert.Equal(alone.Values.ToArray(), batch.Values.ToArray()[16..32]);
        Assert.Equal(alone.Probabilities.ToArray(), batch.Probabilities.ToArray()[4..8]);
        Assert.Equal(alone.Kept.ToArray(), batch.Kept.ToArray()[2..4]);
        Assert.NotEqual(alone.Values.ToArray(), task.Read(DataPart.Train, 3, [7]).Values.ToArray());
        Assert.NotEqual(alone.Values.ToArray(), new ImageTask(Recipe() with { Seed = 9 }, (ImageTaskSpec)Recipe().Task with { Augmentation = Strong }, Images(1), Images(2)).Read(DataPart.Train, 2, [7]).Values.ToArray());
    }

    [Fact]
    public void Mixup_blends_images_and_labels_by_the_same_share()
    {
        // Image i has the gray value i and the class i: pixels and probabilities tell the same mixture.
        const int count = 8;
        var task = new ImageTask(Recipe(), Spec with { Mean = [0], Deviation = [1], Augmentation = new() { Mixup = 0.8 } }, Gray(count), Gray(count));
        var shares = new List<double>();
        for (int epoch = 0; epoch < 50; epoch++)
        {
            var batch = task.Read(DataPart.Train, epoch, Enumerable.Range(0, count).ToArray());
            for (int i = 0; i < count; i++)
            {
                float[] wanted = batch.Probabilities.ToArray()[(i * count)..((i + 1) * count)], image = batch.Values.ToArray()[(i * 16)..((i + 1) * 16)];
                Assert.Equal(1, wanted.Sum(), 1e-6f);
                Assert.InRange(wanted.Count(p => p > 1e-6f), 1, 2);
                Assert.All(image, v => Assert.Equal(wanted.Select((p, c) => p * c / 255f).Sum(), v, 1e-6f));
                // Shares are as often below as above one half; the label is that of the larger.
                Assert.True(wanted[batch.Labels.Span[i]] >= 0.5f - 1e-6f);
                shares.Add(wanted[i]);
            }
        }
        Assert.InRange(shares.Average(), 0.5, 0.63); // 1/2, and the 1/8 of images that are mixed with themselves.
    }

    [Fact]
    public void CutMix_takes_a_rectangle_of_the_share_that_the_label_says()
    {
        const int count = 8, size = 16;
        var pixels = Enumerable.Range(0, count * size * size).Select(i => (byte)(i / (size * size))).ToArray();
        var images = new ImageSet("generated", pixels, [.. Enumerable.Range(0, count)], 1, size, size);
        var task = new ImageTask(Recipe(), Spec with { Mean = [0], Deviation = [1], PatchSize = 4, Augmentation = new() { CutMix = 1 } }, images, images);
        for (int epoch = 0; epoch < 30; epoch++)
        {
            var batch = task.Read(DataPart.Train, epoch, [epoch % count]);
            float[] wanted = batch.Probabilities.IsEmpty ? [] : batch.Probabilities.ToArray();
            var values = batch.Values.ToArray();
            int[] classes = [.. values.Select(v => (int)Math.Round(v * 255))];
            int[] foreign = [.. Enumerable.Range(0, values.Length).Where(i => classes[i] != epoch % count)];
            if (foreign.Length == 0) continue;
            Assert.Single(foreign.Select(i => classes[i]).Distinct());
            int height = foreign.Max(i => i / size) - foreign.Min(i => i / size) + 1, width = foreign.Max(i => i % size) - foreign.Min(i => i % size) + 1;
            Assert.Equal(height * width, foreign.Length);
            Assert.Equal((double)foreign.Length / values.Length, wanted[classes[foreign[0]]], 1e-6);
        }
    }

    [Fact]
    public void Mixed_share_and_both_kinds_are_used()
    {
        var task = new ImageTask(Recipe(), Spec with { Augmentation = new() { Mixup = 0.4, CutMix = 1, MixedShare = 0.5 } }, Images(1, 40), Images(2));
        int plain = Enumerable.Range(0, 20).Sum(epoch => Enumerable.Range(0, 40).Count(i => task.Read(DataPart.Train, epoch, [i]).Probabilities.IsEmpty));
        Assert.InRange(plain, 320, 480);
    }

    [Fact]
    public void Some_patches_are_kept_until_the_last_epochs()
    {
        var spec = Spec with { PatchSize = 1, KeptPatches = 0.3, WholeEpochs = 2 };
        var task = new ImageTask(Recipe(), spec, Images(1), Images(2));
        var seen = new HashSet<int>();
        for (int epoch = 0; epoch < 3; epoch++)
        {
            var batch = task.Read(DataPart.Train, epoch, [0, 1]);
            Assert.Equal([4, 4], batch.Lengths.ToArray());
            foreach (int[] kept in batch.Kept.ToArray().Chunk(4))
            {
                Assert.Equal(kept.Distinct().Order(), kept);
                Assert.All(kept, p => Assert.InRange(p, 0, 15));
                seen.UnionWith(kept);
            }
        }
        Assert.True(seen.Count > 8);
        var whole = task.Read(DataPart.Train, 3, [0]);
        Assert.True(whole.Kept.IsEmpty);
        Assert.Equal([16], whole.Lengths.ToArray());
    }

    [Fact]
    public void Other_sizes_are_resized_and_the_model_folder_says_how()
    {
        var spec = Spec with { Size = 2, PatchSize = 1, Mean = [0], Deviation = [1] };
        var task = new ImageTask(Recipe(), spec, new ImageSet("generated", new byte[4 * 4 * 6], [0, 1, 2, 3], 1, 4, 6), Images(2));
        Assert.Equal(4, task.Read(DataPart.Train, 0, [0]).Values.Length);
        Assert.Equal(4, task.Read(DataPart.Test, 0, [0]).Values.Length);
        task.Save(Weights(task), _folder.File("model"));
        var framing = Checkpoint.Load(_folder.File("model")).Preprocessing!.Framing!;
        Assert.Equal((2, new PixelSize(2, 2)), (framing.ShortestEdge, framing.Crop));
    }

    [Fact]
    public void Names_of_classes_come_from_the_recipe_or_are_numbers()
    {
        var named = new ImageTask(Recipe(), Spec with { ClassNames = ["up", "down", "left", "right"] }, Images(1), Images(2));
        named.Save(Weights(named), _folder.File("named"));
        Assert.Equal(["up", "down", "left", "right"], Checkpoint.Load(_folder.File("named")).Labels);
        var plain = new ImageTask(Recipe(), Spec, Images(1), Images(2));
        plain.Save(Weights(plain), _folder.File("plain"));
        Assert.Equal(["0", "1", "2", "3"], Checkpoint.Load(_folder.File("plain")).Labels);
    }

    [Theory]
    [InlineData("patchSize 3 does not divide", 3, 0, 0)]
    [InlineData("leaves nothing of 20", 2, 20, 0)]
    [InlineData("mean has 2 values, the images have 1 channel", 2, 0, 2)]
    public void What_does_not_fit_is_refused(string message, int patch, int held, int means)
    {
        var spec = Spec with { PatchSize = patch, ValidationSamples = held, Mean = [.. new double[means]], Deviation = [.. Enumerable.Repeat(1.0, means)] };
        Assert.Contains(message, Assert.Throws<InputException>(() => new ImageTask(Recipe(), spec, Images(1), Images(2))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Constant_channels_and_wide_images_and_missing_names_are_refused()
    {
        var flat = new ImageSet("generated", new byte[64], [0, 1, 2, 3], 1, 4, 4);
        Assert.Contains("channel 0 of the training images is constant", Refused(Spec, flat), StringComparison.Ordinal);
        var wide = new ImageSet("generated", new byte[48], [0, 1], 1, 4, 6);
        Assert.Contains("give their side as 'size'", Refused(Spec, wide), StringComparison.Ordinal);
        Assert.Contains("classNames has 1 names, the images have labels up to 3", Refused(Spec with { ClassNames = ["one"] }, Images(1)), StringComparison.Ordinal);

        static string Refused(ImageTaskSpec spec, ImageSet train) => Assert.Throws<InputException>(() => new ImageTask(Recipe(), spec, train, Images(2))).Message;
    }

    [Fact]
    public void Start_brings_sizes_and_preprocessing_and_its_weights()
    {
        var first = new ImageTask(Recipe(), Spec with { Mean = [0.25], Deviation = [0.125] }, Images(1), Images(2));
        first.Save(Weights(first), _folder.File("start"));
        var start = Checkpoint.Load(_folder.File("start"));
        var recipe = Recipe() with { Network = null, Start = "start", Name = "fine" };

        // More classes than before: the head begins anew, all else is taken over.
        var task = new ImageTask(recipe, Spec with { ClassNames = ["a", "b", "c", "d", "e"] }, Images(1), Images(2), start);
        Assert.Equal((5, first.Network.Hidden, "fine"), (task.Network.Classes, task.Network.Hidden, task.Network.Name));
        Assert.Equal(first.Read(DataPart.Test, 0, [0]).Values.ToArray(), task.Read(DataPart.Test, 0, [0]).Values.ToArray());
        using var workers = new Ohmformer.Numerics.Workers(1);
        var trainer = new Trainer(recipe with { Optimization = new() { Epochs = 1, LearningRate = 0 } }, task, _folder.File("fine"), workers) { Start = start };
        trainer.Run(resume: false, default);
        var tuned = Checkpoint.Load(_folder.File("fine"));
        Assert.Equal(start.Weights.Encoders[0].MlpIn.Weight, tuned.Weights.Encoders[0].MlpIn.Weight);
        Assert.Equal(start.Weights.Positions, tuned.Weights.Positions);
        Assert.Equal(5 * 8, tuned.Weights.Head.Weight.Length);
    }

    private static AugmentationSpec Strong { get; } = new() { CropPixels = 1, Flip = true, RotationDegrees = 5, Brightness = 0.2, Erasing = 0.5, Mixup = 0.8, CutMix = 1 };

    private static ImageTaskSpec Spec { get; } = new() { Data = "generated", PatchSize = 2 };

    private static TrainingRecipe Recipe() => new()
    {
        Name = "tiny",
        Task = Spec,
        Network = new() { Layers = 1, Hidden = 8, Heads = 2, Intermediate = 8 },
        Optimization = new() { Epochs = 5 },
    };

    private static TransformerWeights Weights(ImageTask task)
    {
        var parameters = new TransformerParameters(task.Network);
        return parameters.ToWeights(parameters.Initialize(1));
    }

    private static ImageSet Gray(int count) =>
        new("generated", [.. Enumerable.Range(0, count * 16).Select(i => (byte)(i / 16))], [.. Enumerable.Range(0, count)], 1, 4, 4);

    private static ImageSet Images(int seed, int count = 20)
    {
        var random = new Random(seed);
        var pixels = new byte[count * 16];
        random.NextBytes(pixels);
        return new ImageSet("generated", pixels, [.. Enumerable.Range(0, count).Select(i => i % 4)], 1, 4, 4);
    }
}

using Ohmformer.Files;
using Ohmformer.Mapping;
using Ohmformer.Models;
using Ohmformer.Models.Checkpoints;
using Ohmformer.Models.Features;
using Ohmformer.Numerics;
using Ohmformer.Training;
using Ohmformer.Training.Tasks;

namespace Ohmformer.Tests.Training.Tasks;

public sealed class FeatureTaskTests : IDisposable
{
    private const int Clips = 60, Frames = 6, Width = 5;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Tiny_keyword_transformer_learns_and_is_read_back()
    {
        using var task = Task(Spec with { ShiftFrames = 1, MaskedFrames = 1, MaskedFeatures = 1, ValidationSamples = 10, ClassNames = ["left", "right"] });
        var result = new Trainer(Recipe, task, _folder.File("model"), Workers.One).Run(resume: false, default);
        Assert.True(result.Test.Accuracy > 0.9, $"{result.Test}");
        var checkpoint = Checkpoint.Load(_folder.File("model"));
        Assert.Equal(task.Network with { Name = "model" }, checkpoint.Spec);
        Assert.Equal(["left", "right"], checkpoint.Labels);

        // Inference sees what training evaluated.
        var run = new TransformerRun(checkpoint.Spec, checkpoint.Weights, new FloatProduct());
        var workspace = new TransformerWorkspace(checkpoint.Spec);
        var logits = new float[2];
        int right = 0;
        for (int i = 0; i < Clips; i++)
        {
            var batch = task.Read(DataPart.Test, 0, [i]);
            run.Forward(i, batch.Values.Span, workspace, logits);
            if ((logits[1] > logits[0] ? 1 : 0) == batch.Labels.Span[0]) right++;
        }
        Assert.Equal(result.Test.Accuracy, (double)right / Clips);
    }

    [Fact]
    public void Augmentation_shifts_in_time_and_masks_strips()
    {
        using var plain = Task(Spec);
        using var shifted = Task(Spec with { ShiftFrames = 2 });
        using var masked = Task(Spec with { MaskedFrames = 2, MaskedFeatures = 3 });
        var shifts = new HashSet<int>();
        var masks = new HashSet<(int, int)>();
        for (int epoch = 0; epoch < 60; epoch++)
        {
            float[] clip = Read(plain, epoch), moved = Read(shifted, epoch), hidden = Read(masked, epoch);
            shifts.Add(Enumerable.Range(-2, 5).First(s => Enumerable.Range(0, Frames * Width).All(i => moved[i] == clip[Math.Clamp(i / Width - s, 0, Frames - 1) * Width + i % Width])));
            int[] frames = [.. Enumerable.Range(0, Frames).Where(t => Enumerable.Range(0, Width).All(f => hidden[t * Width + f] == 0))];
            int[] features = [.. Enumerable.Range(0, Width).Where(f => Enumerable.Range(0, Frames).All(t => hidden[t * Width + f] == 0))];
            Assert.True(frames.Length <= 2 && features.Length <= 3);
            Assert.True(frames.Length < 2 || frames[1] == frames[0] + 1);
            for (int i = 0; i < clip.Length; i++)
                if (!frames.Contains(i / Width) && !features.Contains(i % Width)) Assert.Equal(clip[i], hidden[i]);
            masks.Add((frames.Length, features.Length));
        }
        Assert.Equal(5, shifts.Count);
        Assert.Equal(12, masks.Count);

        static float[] Read(FeatureTask task, int epoch) => task.Read(DataPart.Train, epoch, [3]).Values.ToArray();
    }

    [Fact]
    public void What_does_not_fit_is_refused()
    {
        Assert.Contains("leaves nothing of 60", Refused(Spec with { ValidationSamples = 60 }), StringComparison.Ordinal);
        Assert.Contains("classNames has 1 names", Refused(Spec with { ClassNames = ["one"] }), StringComparison.Ordinal);
        NpyArray.Of(new float[2 * 3 * Width], 2, 3, Width).Save(_folder.File("short_features.npy"));
        NpyArray.Of(new[] { 0, 1 }, 2).Save(_folder.File("short_labels.npy"));
        Assert.Contains("clips have 3 frames", Refused(Spec with { Test = _folder.File("short_features.npy") }), StringComparison.Ordinal);

        string Refused(FeatureTaskSpec spec) => Assert.Throws<InputException>(() => Task(spec)).Message;
    }

    private static FeatureTaskSpec Spec { get; } = new() { Data = "train", Test = "test" };

    private static TrainingRecipe Recipe => new()
    {
        Name = "tiny",
        Task = Spec,
        Network = new() { Layers = 1, Hidden = 8, Heads = 2, Intermediate = 16 },
        Optimization = new() { Epochs = 15, BatchSize = 10, LearningRate = 0.01, WarmUpEpochs = 1 },
    };

    private FeatureTask Task(FeatureTaskSpec spec)
    {
        string test = File.Exists(spec.Test) ? spec.Test : Write("test", 2);
        return new(Recipe, spec, FeatureSet.Open(Write("train", 1)), FeatureSet.Open(test));
    }

    // Noise with one feature larger, the first or the last: that is the class.
    private string Write(string name, int seed)
    {
        string path = _folder.File($"{name}_features.npy");
        if (File.Exists(path)) return path;
        var random = new Random(seed);
        int[] labels = [.. Enumerable.Range(0, Clips).Select(_ => random.Next(2))];
        float[] values = [.. Enumerable.Range(0, Clips * Frames * Width).Select(i =>
            0.1f + random.NextSingle() + (i % Width == (labels[i / (Frames * Width)] == 0 ? 0 : Width - 1) ? 2 : 0))];
        NpyArray.Of(values, Clips, Frames, Width).Save(path);
        NpyArray.Of(labels, Clips).Save(_folder.File($"{name}_labels.npy"));
        return path;
    }
}

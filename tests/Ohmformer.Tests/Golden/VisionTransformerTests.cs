using Ohmformer.Files;
using Ohmformer.Mapping;
using Ohmformer.Models;
using Ohmformer.Models.Checkpoints;
using Ohmformer.Models.Images;
using Ohmformer.Models.Safetensors;

namespace Ohmformer.Tests.Golden;

/// <summary>Public checkpoints against logits that PyTorch computed, and against the accuracies their authors state.</summary>
public sealed class VisionTransformerTests
{
    private const string Fashion = "data/models/vit-fashion-mnist", FashionImages = "data/fashion-mnist",
        FashionPixels = FashionImages + "/t10k-images-idx3-ubyte.gz", FashionLabels = FashionImages + "/t10k-labels-idx1-ubyte.gz",
        Cifar = "data/models/vit-cifar10", CifarImages = "data/cifar10/cifar10_test.bin.gz",
        GoldenLogits = "/golden_logits.npy";

    [SharedModelFact(Fashion, Fashion + GoldenLogits, FashionPixels, FashionLabels)]
    public void Logits_of_vit_fashion_mnist_are_those_of_pytorch() => AssertGoldenLogits(Fashion, FashionImages);

    [SharedModelFact(Cifar, Cifar + GoldenLogits, CifarImages)]
    public void Logits_of_vit_cifar10_are_those_of_pytorch() => AssertGoldenLogits(Cifar, CifarImages);

    [SharedModelFact(Fashion, FashionPixels, FashionLabels)]
    public void Vit_fashion_mnist_has_its_published_accuracy() => AssertCorrect(9077, Fashion, FashionImages);

    [SharedModelFact(Cifar, CifarImages)]
    public void Vit_cifar10_has_its_published_accuracy() => AssertCorrect(7193, Cifar, CifarImages);

    [SharedModelFact(Cifar)]
    public void A_saved_checkpoint_has_the_tensors_of_the_public_one()
    {
        using var folder = new TemporaryFolder();
        Checkpoint.Load(SharedData.Get(Cifar)).Save(folder.Path);
        using TensorFolder published = TensorFolder.Open(SharedData.Get(Cifar)), saved = TensorFolder.Open(folder.Path);
        Assert.Equal(published.Names.Order(), saved.Names.Order());
        foreach (string name in published.Names)
        {
            Assert.Equal(published.Find(name)!.Shape, saved.Find(name)!.Shape);
            Assert.Equal(published.Read(name), saved.Read(name));
        }
    }

    private static void AssertGoldenLogits(string model, string images)
    {
        var golden = NpyArray.Load(SharedData.Get(model + GoldenLogits));
        float[] expected = golden.ToFloats();
        float[][] logits = Logits(model, images, golden.Shape[0], out _);
        float worst = logits.SelectMany(row => row).Zip(expected, (a, b) => MathF.Abs(a - b)).Max();
        Assert.True(worst < 1e-4, $"logits of {model} differ by up to {worst}");
    }

    private static void AssertCorrect(int published, string model, string images)
    {
        float[][] logits = Logits(model, images, 10_000, out var set);
        int correct = logits.Index().Count(l => Array.IndexOf(l.Item, l.Item.Max()) == set.Label(l.Index));
        Assert.Equal(10_000, set.Count);
        Assert.Equal(published, correct);
    }

    private static float[][] Logits(string model, string images, int count, out ImageSet set)
    {
        var checkpoint = Checkpoint.Load(SharedData.Get(model));
        var (spec, chosen) = (checkpoint.Spec, ImageSet.Load(SharedData.Get(images), Split.Test).Take(count));
        chosen.CheckFits(spec);
        var run = new TransformerRun(spec, checkpoint.Weights, new FloatProduct());
        var logits = new float[chosen.Count][];
        Parallel.For(0, chosen.Count, () => (Workspace: new TransformerWorkspace(spec), Pixels: new float[chosen.ImageElements]), (i, _, mine) =>
        {
            chosen.Read(i, checkpoint.Preprocessing!, mine.Pixels);
            run.Forward(i, mine.Pixels, mine.Workspace, logits[i] = new float[spec.Classes]);
            return mine;
        }, _ => { });
        set = chosen;
        return logits;
    }
}

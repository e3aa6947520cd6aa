using Ohmformer.Files;
using Ohmformer.Lab.Designs;
using Ohmformer.Mapping;
using Ohmformer.Techniques.ClipFormer;
using Ohmformer.Training;
using Ohmformer.Training.Tasks;

namespace Ohmformer.Tests.Training;

public sealed class TrainingRecipeTests
{
    [Fact]
    public void Every_part_is_read()
    {
        var recipe = Read("""
            name: small
            task:
              type: images
              data: photos
              size: 32
              patchSize: 4
              mean: [0.5, 0.4, 0.3]
              deviation: [0.2, 0.2, 0.2]
              classNames: [cat, dog]
              validationSamples: 10
              labelSmoothing: 0.1
              keptPatches: 0.5
              wholeEpochs: 3
              augmentation: { flip: true, cropPixels: 4, padding: black, erasing: 0.25, mixup: 0.8, cutMix: 1, mixedShare: 0.5 }
            network: { layers: 2, hidden: 12, heads: 3, intermediate: 24, initialization: mimetic }
            sharedEncoders: 2
            tokenPruning: { keepRatio: 0.7 }
            regularization: { dropout: 0.1, stochasticDepth: 0.2 }
            noise: { type: clipformer, readNoise: 0.05, writeNoise: 0.1, writeNoiseFactor: 2, onOffRatio: 100 }
            optimization: { epochs: 7, batchSize: 8, learningRate: 3e-4, warmUpEpochs: 1, weightDecay: 0.1, gradientNorm: 2, emaDecay: 0.99, patience: 3 }
            seed: 5
            """);
        var task = Assert.IsType<ImageTaskSpec>(recipe.Task);
        Assert.Equal((32, 4, 10, 0.1, 0.5, 3), (task.Size, task.PatchSize, task.ValidationSamples, task.LabelSmoothing, task.KeptPatches, task.WholeEpochs));
        Assert.Equal([0.5, 0.4, 0.3], task.Mean);
        Assert.Equal(["cat", "dog"], task.ClassNames);
        Assert.Equal(new AugmentationSpec { Flip = true, CropPixels = 4, Padding = Padding.Black, Erasing = 0.25, Mixup = 0.8, CutMix = 1, MixedShare = 0.5 }, task.Augmentation);
        Assert.Equal(new NetworkSpec { Layers = 2, Hidden = 12, Heads = 3, Intermediate = 24, Initialization = Initialization.Mimetic }, recipe.Network);
        Assert.Equal(new RegularizationSpec { Dropout = 0.1, StochasticDepth = 0.2 }, recipe.Regularization);
        Assert.Equal(new ClipFormerNoiseSpec { ReadNoise = 0.05, WriteNoise = 0.1, WriteNoiseFactor = 2, OnOffRatio = 100 }, recipe.Noise);
        Assert.Equal(new OptimizationSpec { Epochs = 7, BatchSize = 8, LearningRate = 3e-4, WarmUpEpochs = 1, WeightDecay = 0.1, GradientNorm = 2, EmaDecay = 0.99, Patience = 3 }, recipe.Optimization);
        Assert.Equal((2, new TokenPruning { KeepRatio = 0.7 }, 5ul), (recipe.SharedEncoders, recipe.TokenPruning, recipe.Seed));

        string written = SpecWriter.Write(recipe, Catalog.Shipped);
        Assert.Equal(written, SpecWriter.Write(Read(written), Catalog.Shipped));
    }

    [Fact]
    public void All_problems_are_reported_at_once()
    {
        var error = Assert.Throws<InputException>(() => Read("""
            name: small
            task: { type: image, data: photos, patchSize: 4 }
            network: { layers: 0, hidden: 12, heads: 3 }
            optimization: { epochs: 7, emaDecay: 1, learningrate: 0.1 }
            """));
        foreach (string problem in new[] { "(2,15): unknown type 'image'", "did you mean 'images'", "'layers' is 0; allowed: 1 to 1000", "lacks the required key 'intermediate'", "'emaDecay' is 1", "unknown key 'learningrate'" })
            Assert.Contains(problem, error.Message, StringComparison.OrdinalIgnoreCase);
    }

    [Theory]
    [InlineData("network: { layers: 1, hidden: 13, heads: 3, intermediate: 4 }", "(3,31): 'hidden' is 13, which is not a multiple of the 3 heads")]
    [InlineData("seed: 1", "'network' is missing")]
    [InlineData("network: { layers: 1, hidden: 12, heads: 3, intermediate: 4 }\nstart: models/vit-digits", "'network' contradicts 'start'")]
    public void Parts_that_contradict_each_other_are_refused(string part, string message)
    {
        var error = Assert.Throws<InputException>(() => Read($"name: small\ntask: {{ type: images, data: photos, patchSize: 4 }}\n{part}\noptimization: {{ epochs: 7 }}"));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Patience_needs_samples_to_validate_on()
    {
        var error = Assert.Throws<InputException>(() => Read("""
            name: small
            task: { type: features, data: a, test: b }
            network: { layers: 1, hidden: 12, heads: 3, intermediate: 4 }
            optimization: { epochs: 7, patience: 2 }
            """));
        Assert.Contains("give it 'validationSamples'", error.Message, StringComparison.Ordinal);
    }

    private static TrainingRecipe Read(string text) => SpecReader.ReadText<TrainingRecipe>(text, "recipe.yaml");
}

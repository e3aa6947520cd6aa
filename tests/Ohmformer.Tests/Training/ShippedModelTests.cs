using System.Globalization;
using System.Numerics.Tensors;
using Ohmformer.Lab.Designs;
using Ohmformer.Mapping;
using Ohmformer.Models;
using Ohmformer.Models.Checkpoints;
using Ohmformer.Models.Images;
using Ohmformer.Models.Metrics;
using Ohmformer.Models.Texts;
using Ohmformer.Models.Tokenizers;
using Ohmformer.Techniques.Trex;
using Ohmformer.Training;

namespace Ohmformer.Tests.Training;

public sealed class ShippedModelTests
{
    private static readonly string Folder = Path.Combine(SharedData.Project, "models/vit-digits"), Data = Path.Combine(SharedData.Project, "data/digits");

    [Fact]
    public void Vit_digits_has_the_accuracy_of_its_card()
    {
        var checkpoint = Checkpoint.Load(Folder);
        var images = ImageSet.Load(Data, Split.Test);
        var run = new TransformerRun(checkpoint.Spec, checkpoint.Weights, new FloatProduct());
        var workspace = new TransformerWorkspace(checkpoint.Spec);
        float[] pixels = new float[images.ImageElements], logits = new float[checkpoint.Spec.Classes];
        int correct = 0;
        for (int image = 0; image < images.Count; image++)
        {
            images.Read(image, checkpoint.Preprocessing!, pixels);
            run.Forward(image, pixels, workspace, logits);
            if (TensorPrimitives.IndexOfMax<float>(logits) == images.Label(image)) correct++;
        }
        // Two more or fewer allow for a digit that lies on the border.
        Assert.Equal(2000, images.Count);
        Assert.InRange(correct, 1967 - 2, 1967 + 2);
        Assert.Contains("98.35 %", File.ReadAllText(Path.Combine(Folder, "README.md")), StringComparison.Ordinal);
    }

    [Fact]
    public void Vit_digits_has_the_sizes_of_its_recipe()
    {
        var recipe = SpecReader.Read<TrainingRecipe>(Path.Combine(Folder, "recipe.yaml"));
        Assert.Equal(recipe.Task.Open(recipe, new TrainingFiles(recipe, path => Path.Combine(SharedData.Project, path))).Network, Checkpoint.Load(Folder).Spec);
        Assert.Equal(recipe.Optimization.Epochs, File.ReadLines(Path.Combine(Folder, Trainer.CurveFile)).Count() - 1);
    }

    [Theory]
    [InlineData("vit-digits")]
    public void A_network_with_reuse_has_the_best_pattern_that_meets_the_target_of_its_recipe(string original)
    {
        string folder = Path.Combine(SharedData.Project, $"models/{original}-trex");
        var recipe = SpecReader.Read<TrexRecipe>(Path.Combine(folder, "recipe.yaml"));
        var reuse = Checkpoint.Load(folder).Spec.Reuse!;
        int needed = recipe.Target!.Target.SmallestReuse(DesignFile.Load(recipe.Design), Checkpoint.Load(Path.Combine(SharedData.Project, "models", original)).Spec);
        Assert.Equal(needed, reuse.Encoders.Count);
        string[][] patterns = [.. File.ReadLines(Path.Combine(folder, "patterns.csv")).Skip(1).Select(line => line.Split(','))];
        Assert.Equal(ReusePattern.All(12, needed).Select(p => string.Join(' ', p.Encoders)), patterns.Select(p => p[0]));
        Assert.Equal(patterns.MinBy(p => double.Parse(p[3], CultureInfo.InvariantCulture))![0], string.Join(' ', reuse.Encoders));
        Assert.Equal(recipe.FineTuning.Epochs, File.ReadLines(Path.Combine(folder, Trainer.CurveFile)).Count() - 1);
        Assert.Equal(reuse, Checkpoint.Load(folder + "-vat").Spec.Reuse);
    }

    [Fact]
    public void Gpt_text_predicts_the_shipped_text()
    {
        string folder = Path.Combine(SharedData.Project, "models/gpt-text");
        var model = Checkpoint.Load(folder);
        var run = new TransformerRun(model.Spec, model.Weights, new FloatProduct());
        var workspace = new TransformerWorkspace(model.Spec);
        double sum = 0, tokens = 0;
        foreach (var window in TokenWindows.Load(Path.Combine(SharedData.Project, "data/kjv/test.txt"), Tokenizer.Load(folder), 513, 256, limit: 8).Windows)
        {
            var logits = new float[(window.Ids.Length - 1) * model.Spec.Classes];
            run.Forward(0, window.Ids.Span[..^1], [], workspace, logits);
            for (int t = window.Ids.Length - window.Predicted; t < window.Ids.Length; t++, tokens++)
                sum += Perplexity.NegativeLogLikelihood(logits.AsSpan((t - 1) * model.Spec.Classes, model.Spec.Classes), window.Ids.Span[t]);
        }
        // The first chapters of 1 Kings are easier than the mean of the test text, 32.7.
        Assert.InRange(Math.Exp(sum / tokens), 23, 26);
    }

    [SharedFact("data/sst2/test.tsv")]
    public void Bert_sst2_has_the_accuracy_of_its_card()
    {
        string folder = Path.Combine(SharedData.Project, "models/bert-sst2");
        var (model, tokenizer) = (Checkpoint.Load(folder), Tokenizer.Load(folder));
        var run = new TransformerRun(model.Spec, model.Weights, new FloatProduct());
        var workspace = new TransformerWorkspace(model.Spec);
        var logits = new float[2];
        int correct = 0;
        foreach (var sample in TextSamples.Read(SharedData.Get("data/sst2/test.tsv"), TextTask.Named("sst2")))
        {
            run.Forward(0, tokenizer.Encode(sample.Text, null, model.Spec.Tokens).Ids, [], workspace, logits);
            if (TensorPrimitives.IndexOfMax<float>(logits) == sample.Label) correct++;
        }
        Assert.InRange(correct, 1465 - 2, 1465 + 2);
        Assert.Contains("80.45 %", File.ReadAllText(Path.Combine(folder, "README.md")), StringComparison.Ordinal);
    }
}

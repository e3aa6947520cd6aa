using System.Numerics.Tensors;
using Ohmformer.Lab.Designs;
using Ohmformer.Mapping;
using Ohmformer.Models;
using Ohmformer.Models.Checkpoints;
using Ohmformer.Models.Images;
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
}

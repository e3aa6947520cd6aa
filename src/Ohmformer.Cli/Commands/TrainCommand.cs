using System.CommandLine;
using Ohmformer.Lab;
using Ohmformer.Lab.Runs;

namespace Ohmformer.Cli.Commands;

/// <summary>ohmformer train: trains a model from a recipe.</summary>
internal static class TrainCommand
{
    public static Command Create()
    {
        var recipe = new Option<string>("--recipe") { Description = "Training recipe (YAML).", HelpName = "FILE", Required = true };
        var output = new Option<string>("--output") { Description = "Folder for checkpoints, learning curve and the trained model.", HelpName = "DIR", Required = true };
        var resume = new Option<bool>("--resume") { Description = "Go on from the checkpoint in the output folder; the result is the same as without the interruption." };
        var command = new Command("train", "Train a vision transformer from a recipe; --seed replaces the recipe's seed.") { recipe, output, resume };
        command.Does((parsed, session) =>
        {
            var result = session.WithProgress(progress => TrainingRun.Run(
                parsed.GetRequiredValue(recipe), parsed.GetRequiredValue(output), session.GivenSeed, parsed.GetValue(resume), session.Threads, progress, session.Cancellation));
            session.Print(
                $"test accuracy {ResultTables.Percent(result.TestAccuracy)} after {result.Curve.Count} epochs in {result.Elapsed:hh\\:mm\\:ss}: {parsed.GetRequiredValue(output)}");
            session.WriteJson(new
            {
                result.TestAccuracy,
                Epochs = result.Curve.Select(e => new
                {
                    e.Epoch,
                    e.LearningRate,
                    e.Loss,
                    e.TrainAccuracy,
                    ValidationAccuracy = double.IsNaN(e.ValidationAccuracy) ? (double?)null : e.ValidationAccuracy,
                }),
                Seconds = result.Elapsed.TotalSeconds,
                Versions.Version,
            });
        });
        return ExampleHelp.WithExamples(
            command,
            "ohmformer train --recipe models/vit-digits/recipe.yaml --output my-vit-digits",
            "ohmformer train --recipe models/vit-digits/recipe.yaml --output my-vit-digits --resume");
    }
}

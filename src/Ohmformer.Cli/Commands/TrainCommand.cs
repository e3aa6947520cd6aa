using System.CommandLine;
using Ohmformer.Lab;
using Ohmformer.Lab.Runs;

namespace Ohmformer.Cli.Commands;

/// <summary>ohmformer train: trains a model from a recipe.</summary>
internal static class TrainCommand
{
    public static Command Create()
    {
        var recipe = new Option<string>("--recipe") { Description = "Training recipe (YAML); docs/guide/training.md lists its keys.", HelpName = "FILE", Required = true };
        var output = new Option<string>("--output") { Description = "Folder for checkpoints, learning curve and the trained model.", HelpName = "DIR", Required = true };
        var resume = new Option<bool>("--resume") { Description = "Go on from the checkpoint in the output folder; the result is the same as without the interruption." };
        var command = new Command("train", "Train a network from a recipe; --seed replaces the recipe's seed.") { recipe, output, resume };
        command.Does((parsed, session) =>
        {
            string folder = parsed.GetRequiredValue(output);
            var report = session.WithProgress(progress => TrainingRun.Run(
                parsed.GetRequiredValue(recipe), folder, session.GivenSeed, parsed.GetValue(resume), session.Threads, progress, session.Cancellation));
            session.Print($"{report.Summary}: {folder}");
            session.WriteJson(new
            {
                report.Metric,
                report.Score,
                report.Interval,
                report.Result.Test,
                report.Result.BestEpoch,
                Epochs = report.Result.Curve,
                Seconds = report.Result.Elapsed.TotalSeconds,
                Versions.Version,
            });
        });
        return ExampleHelp.WithExamples(
            command,
            "ohmformer train --recipe models/vit-digits/recipe.yaml --output my-vit-digits",
            "ohmformer train --recipe models/vit-digits/recipe.yaml --output my-vit-digits --resume",
            "ohmformer train --recipe my-recipe.yaml --output second-try --seed 2 --threads 1");
    }
}

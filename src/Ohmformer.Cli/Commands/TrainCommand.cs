using System.CommandLine;
using Ohmformer.Files;
using Ohmformer.Lab;
using Ohmformer.Lab.Runs;

namespace Ohmformer.Cli.Commands;

/// <summary>ohmformer train: trains a model from a recipe.</summary>
internal static class TrainCommand
{
    private static readonly Option<string> Recipe = new("--recipe")
    {
        Description = "Training recipe (YAML), or 'trex' to take attention out of a trained model; docs/guide/training.md and docs/guide/trex.md list the keys.",
        HelpName = "FILE",
        Required = true,
    };

    private static readonly Option<string> Output = new("--output") { Description = "Folder for checkpoints, learning curve and the trained model.", HelpName = "DIR", Required = true };

    private static readonly Option<bool> Resume = new("--resume") { Description = "Go on from the checkpoint in the output folder; the result is the same as without the interruption." };

    private static readonly Option<string?> Model = new("--model") { Description = "TReX: the trained model, shipped or a folder.", HelpName = "MODEL" };

    private static readonly Option<Time?> DelayLimit = Target<Time>("--target-delay", "longest duration of one inference", "5 ms", Time.TryParse);

    private static readonly Option<Energy?> EnergyLimit = Target<Energy>("--target-energy", "largest energy of one inference", "0.1 mJ", Energy.TryParse);

    private static readonly Option<Area?> AreaLimit = Target<Area>("--target-area", "largest area", "600 mm2", Area.TryParse);

    private static readonly Option<double?> EdapLimit = new("--target-edap") { Description = "TReX: largest energy-delay-area product in mJ ms mm2.", HelpName = "NUMBER" };

    private static readonly Option<int> Reuse = CommonOptions.Whole("--reuse", "TReX: encoders that reuse attention, in place of a target.", 1, 999, 1);

    public static Command Create()
    {
        var command = new Command("train", "Train a network from a recipe; --seed replaces the recipe's seed.") { Recipe, Output, Resume, Model, DelayLimit, EnergyLimit, AreaLimit, EdapLimit, Reuse };
        command.Does((parsed, session) =>
        {
            if (TrexRun.IsRecipe(parsed.GetRequiredValue(Recipe))) RunTrex(parsed, session);
            else RunPlain(parsed, session);
        });
        return ExampleHelp.WithExamples(
            command,
            "ohmformer train --recipe models/vit-digits/recipe.yaml --output my-vit-digits",
            "ohmformer train --recipe models/vit-digits/recipe.yaml --output my-vit-digits --resume",
            "ohmformer train --recipe my-recipe.yaml --output second-try --seed 2 --threads 1",
            "ohmformer train --recipe trex --model vit-digits --target-delay \"1 ms\" --output my-trex");
    }

    private static void RunPlain(ParseResult parsed, Session session)
    {
        foreach (Option option in (Option[])[Model, DelayLimit, EnergyLimit, AreaLimit, EdapLimit, Reuse])
            if (IsGiven(parsed, option)) throw new InputException($"{option.Name} belongs to a recipe of TReX; write --recipe trex, or leave it out.");
        string folder = parsed.GetRequiredValue(Output);
        var report = session.WithProgress(progress => TrainingRun.Run(
            parsed.GetRequiredValue(Recipe), folder, session.GivenSeed, parsed.GetValue(Resume), session.Threads, progress, session.Cancellation));
        session.Print($"{report.Summary}: {folder}");
        session.WriteJson(Results(report));
    }

    private static void RunTrex(ParseResult parsed, Session session)
    {
        string folder = parsed.GetRequiredValue(Output);
        Option[] targets = [.. ((Option[])[DelayLimit, EnergyLimit, AreaLimit, EdapLimit, Reuse]).Where(option => IsGiven(parsed, option))];
        if (targets.Length > 1) throw new InputException($"{string.Join(" and ", targets.Select(t => t.Name))} both decide how many encoders reuse attention; give one of them.");
        var report = session.WithProgress(progress => TrexRun.Run(
            new()
            {
                Recipe = parsed.GetRequiredValue(Recipe),
                Output = folder,
                Model = parsed.GetValue(Model),
                Target = targets.Length == 0 || targets[0] == Reuse
                    ? null
                    : new() { Delay = parsed.GetValue(DelayLimit), Energy = parsed.GetValue(EnergyLimit), Area = parsed.GetValue(AreaLimit), Edap = parsed.GetValue(EdapLimit) },
                Reuses = IsGiven(parsed, Reuse) ? parsed.GetValue(Reuse) : null,
                Seed = session.GivenSeed,
                Resume = parsed.GetValue(Resume),
                Threads = session.Threads,
            },
            progress,
            session.Cancellation));
        session.Print($"{report.Best.Encoders.Count} encoders reuse attention, the best of {report.Patterns.Count} patterns: {report.Best}");
        session.Print($"{report.Training.Summary}: {folder}");
        session.WriteJson(new
        {
            Reuses = report.Best.Encoders.Count,
            Best = report.Best.Encoders,
            Patterns = report.Patterns.Zip(report.Candidates, (p, c) => new { p.Encoders, p.Kind, p.Step, c.Loss, c.Accuracy }),
            Training = Results(report.Training),
        });
    }

    private static object Results(TrainingReport report) => new
    {
        report.Metric,
        report.Score,
        report.Interval,
        report.Result.Test,
        report.Result.BestEpoch,
        Epochs = report.Result.Curve,
        Seconds = report.Result.Elapsed.TotalSeconds,
        Versions.Version,
    };

    private static bool IsGiven(ParseResult parsed, Option option) => parsed.GetResult(option) is { Implicit: false };

    private delegate bool Parser<T>(string? text, out T value);

    private static Option<T?> Target<T>(string name, string what, string example, Parser<T> parse)
        where T : struct => new(name)
        {
            Description = $"TReX: {what}; as few encoders as meet it reuse attention.",
            HelpName = $"\"{example}\"",
            CustomParser = result =>
            {
                if (parse(result.Tokens[^1].Value, out var value)) return value;
                result.AddError($"{name} is '{result.Tokens[^1].Value}'; write a number and a unit, for example \"{example}\".");
                return null;
            },
        };
}

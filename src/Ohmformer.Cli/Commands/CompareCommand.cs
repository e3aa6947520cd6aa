using System.CommandLine;
using Ohmformer.Files;
using Ohmformer.Lab.Runs;

namespace Ohmformer.Cli.Commands;

/// <summary>ohmformer compare: several designs on one model and data set, in one table.</summary>
internal static class CompareCommand
{
    public static Command Create()
    {
        var options = new EvaluationOptions();
        var designs = new Option<string[]>("--designs")
        {
            Description = "Designs to compare, separated by commas or spaces: names or YAML files; by default those of the model's card, or all of the catalog.",
            HelpName = "DESIGNS",
            AllowMultipleArgumentsPerToken = true,
        };
        var csv = new Option<string?>("--csv") { Description = "Write one row for each design, arithmetic and seed to this CSV file.", HelpName = "FILE" };
        var output = new Option<string?>("--output") { Description = "Folder for the results of all designs; by default a new one below runs/.", HelpName = "DIR" };
        var command = new Command("compare", "Compare several hardware designs on one model and data set.") { designs, csv, output };
        options.AddTo(command);
        command.Does((parsed, session) =>
        {
            var names = parsed.GetValue(designs) is { Length: > 0 } given ? Split(given) : options.Defaults(parsed).Designs;
            if (names.Count == 0) throw new InputException("--designs names no design; give names from 'ohmformer design list' or YAML files, separated by commas.");
            string? table = parsed.GetValue(csv) is { } path ? Session.OutputFile(path) : null;
            var requests = names.Select(design => options.Request(parsed, session, design)).ToList();
            string folder = RunFolder.Choose(parsed.GetValue(output), requests);
            var runs = session.WithProgress(progress => Evaluation.Run(requests, progress, session.Cancellation));
            RunFolder.Write(folder, runs);
            var results = runs.Select(r => r.Result).ToList();
            ResultTables.Comparison(session, results);
            session.Print($"Results: {Path.GetRelativePath(".", folder)}");
            if (table is not null) AtomicFile.WriteAllText(table, RunFolder.Csv(results));
            session.WriteJson(results);
        });
        return ExampleHelp.WithExamples(
            command,
            "ohmformer compare",
            "ohmformer compare --designs rram-default,isaac-rram,sram-65nm --samples 100 --noise-seeds 2",
            "ohmformer compare --model my-bert/ --data sst2/dev.tsv --task sst2 --designs rram-default,my-design.yaml --csv compare.csv");
    }

    private static IReadOnlyList<string> Split(string[] lists) =>
        [.. lists.SelectMany(d => d.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)).Distinct()];
}

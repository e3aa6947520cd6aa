using System.CommandLine;
using Ohmformer.Files;
using Ohmformer.Lab.Runs;
using Ohmformer.Lab.Zoo;

namespace Ohmformer.Cli.Commands;

/// <summary>ohmformer compare: models, designs and values of their parameters on one data set, in one table.</summary>
internal static class CompareCommand
{
    public static Command Create()
    {
        var options = new EvaluationOptions();
        var models = Names("--models", "MODELS", "Models to compare, separated by commas or spaces, in place of --model; all of one task, on the same data.");
        var designs = Names("--designs", "DESIGNS", "Designs to compare, separated by commas or spaces: names or YAML files; by default those of the first model's card, or all of the catalog.");
        var sweeps = new Option<string[]>("--sweep")
        {
            Description = "A key of the designs and its values, such as attention.device.writeNoiseFactor=3,4,5. Several sweeps give all combinations.",
            HelpName = "KEY=V1,V2,...",
        };
        var csv = new Option<string?>("--csv") { Description = "Write one row for each model, design, value, arithmetic and seed to this CSV file.", HelpName = "FILE" };
        var output = new Option<string?>("--output") { Description = "Folder for all results and charts; by default a new one below runs/.", HelpName = "DIR" };
        var command = new Command("compare", "Compare models and hardware designs, or values of their parameters, on the same samples.") { models, designs, sweeps, csv, output };
        options.AddTo(command);
        command.Does((parsed, session) =>
        {
            var request = Request(options, parsed, session, Split(parsed.GetValue(models)), Split(parsed.GetValue(designs)), parsed.GetValue(sweeps) ?? []);
            string? table = parsed.GetValue(csv) is { } path ? Session.OutputFile(path) : null;
            string folder = RunFolder.Choose(parsed.GetValue(output), request);
            var runs = session.WithProgress(progress => ComparisonRun.Run(request, progress, session.Cancellation));
            RunFolder.Write(folder, runs);
            var results = runs.Select(r => r.Result).ToList();
            ComparisonTables.Print(session, results);
            session.Print($"Results: {Path.GetRelativePath(".", folder)}");
            if (table is not null) AtomicFile.WriteAllText(table, RunFolder.Csv(results));
            session.WriteJson(results);
        });
        return ExampleHelp.WithExamples(
            command,
            "ohmformer compare",
            "ohmformer compare --designs rram-default,isaac-rram,sram-65nm --samples 100 --noise-seeds 2",
            "ohmformer compare --models vit-digits,vit-digits-vat --designs clipformer-rram,clipformer-rram-2-1 --sweep attention.device.writeNoiseFactor=3,4,5",
            "ohmformer compare --model my-bert/ --data sst2/dev.tsv --task sst2 --designs rram-default,my-design.yaml --csv compare.csv");
    }

    private static Option<string[]> Names(string name, string helpName, string description) =>
        new(name) { Description = description, HelpName = helpName, AllowMultipleArgumentsPerToken = true };

    private static ComparisonRequest Request(EvaluationOptions options, ParseResult parsed, Session session, string[]? models, string[]? designs, string[] sweeps)
    {
        if (models is not null && options.NamesModel(parsed)) throw new InputException("--model and --models contradict each other; name all models with --models.");
        if (models is { Length: 0 }) throw new InputException("--models names no model; give shipped names from 'ohmformer model list' or directories, separated by commas.");
        if (designs is { Length: 0 }) throw new InputException("--designs names no design; give names from 'ohmformer design list' or YAML files, separated by commas.");
        var evaluation = options.Request(parsed, session, EvaluationRequest.DefaultDesign);
        string first = models?[0] ?? evaluation.Model;
        return new()
        {
            Models = models ?? [first],
            Designs = designs ?? EvaluationDefaults.Of(first).Designs,
            Sweeps = [.. sweeps.Select(DesignSweep.Parse)],
            Evaluation = evaluation,
        };
    }

    /// <summary>The names of lists, each once; null where the option is not given.</summary>
    private static string[]? Split(string[]? lists) => lists is not { Length: > 0 } ? null
        : [.. lists.SelectMany(d => d.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)).Distinct()];
}

using System.CommandLine;
using System.Globalization;
using Ohmformer.Files;
using Ohmformer.Lab.Experiments;
using Spectre.Console;

namespace Ohmformer.Cli.Commands;

/// <summary>ohmformer reproduce: the claims of a paper, measured, with verdicts.</summary>
internal static class ReproduceCommand
{
    private const string Readme = "README.md";

    public static Command Create()
    {
        var command = new Command("reproduce", "Measure the claims of a paper: tables, figures, and a verdict on each claim.");
        foreach (var experiment in PaperExperiments.All) command.Subcommands.Add(Of(experiment));
        return ExampleHelp.WithExamples(
            command,
            "ohmformer reproduce clipformer --quick",
            "ohmformer reproduce trex --full --noise-seeds 10 --json verdicts.json",
            "ohmformer reproduce clipformer --full --data ../shared/data --update-readme");
    }

    private static Command Of(IExperiment experiment)
    {
        string name = experiment.Paper.Name;
        var quick = new Option<bool>("--quick") { Description = "Below three minutes on two cores, with the shipped vit-digits alone; this is the default." };
        var full = new Option<bool>("--full") { Description = $"Every model at hand, more samples and seeds: {experiment.FullDuration}." };
        var exact = new Option<bool>("--exact") { Description = "Only what needs no model: closed forms and the cost model, in seconds." };
        var seeds = CommonOptions.Whole("--noise-seeds", "Noise seeds; 0 for 3 in quick and 5 in full mode.", 0, 1000, 0);
        var samples = CommonOptions.Whole("--samples", "Samples of each model; 0 for the number of the mode.", 0, 1 << 24, 0);
        var models = new Option<string?>("--models") { Description = "Names of the models to measure, separated by commas; by default all that the mode has at hand.", HelpName = "A,B" };
        var data = new Option<string?>("--data") { Description = "Folder with data sets and further models for --full; by default shared/data in or above the current folder.", HelpName = "DIR" };
        var output = new Option<string?>("--output") { Description = "Folder for the page, tables and figures; by default a new one below runs/.", HelpName = "DIR" };
        var resume = new Option<bool>("--resume") { Description = "Go on with the run that was interrupted in the folder of --output." };
        var readme = new Option<bool>("--update-readme") { Description = "Write the verdicts into the table of README.md in the current folder." };
        var command = new Command(name, experiment.Paper.Title) { quick, full, exact, seeds, samples, models, data, output, resume, readme };
        command.Does((parsed, session) =>
        {
            var modes = (ExperimentMode[])[.. Chosen(quick, ExperimentMode.Quick), .. Chosen(full, ExperimentMode.Full), .. Chosen(exact, ExperimentMode.Exact)];
            if (modes.Length > 1) throw new InputException("--quick, --full and --exact exclude each other; name one.");
            bool updates = parsed.GetValue(readme);
            if (updates && !File.Exists(Readme)) throw new InputException("--update-readme: there is no README.md in the current folder; run the command in the root of a checkout.");
            string folder = ExperimentFolder.Choose(parsed.GetValue(output), experiment.Paper, parsed.GetValue(resume));
            var request = new ExperimentRequest
            {
                Mode = modes is [var mode] ? mode : ExperimentMode.Quick,
                NoiseSeeds = parsed.GetValue(seeds) is > 0 and var count ? count : null,
                Samples = parsed.GetValue(samples) is > 0 and var some ? some : null,
                Seed = session.Seed,
                Models = parsed.GetValue(models)?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [],
                Data = ExperimentModels.DataFolder(parsed.GetValue(data)),
                Threads = session.Threads,
            };
            var report = session.WithProgress(progress => ExperimentFolder.Run(folder, experiment, request, progress, session.Cancellation));
            ExperimentFolder.Write(folder, report, Repeat(name, request));
            if (updates) StatusTable.Update(Readme, report, request.Mode);
            Print(session, report, folder);
            session.WriteJson(ClaimResult.ForPrograms(report.Claims));

            IEnumerable<ExperimentMode> Chosen(Option<bool> option, ExperimentMode value) => parsed.GetValue(option) ? [value] : [];
        });
        return ExampleHelp.WithExamples(command, $"ohmformer reproduce {name}", $"ohmformer reproduce {name} --full --output runs/{name} --json {name}.json");
    }

    private static string Repeat(string name, ExperimentRequest request) => string.Create(
        CultureInfo.InvariantCulture,
        $"ohmformer reproduce {name} --{request.Mode.ToString().ToLowerInvariant()} --seed {request.Seed}{(request.NoiseSeeds is { } seeds ? $" --noise-seeds {seeds}" : "")}{(request.Samples is { } samples ? $" --samples {samples}" : "")}{(request.Models.Count > 0 ? $" --models {string.Join(',', request.Models)}" : "")}");

    private static void Print(Session session, ExperimentReport report, string folder)
    {
        var table = new Table().AddColumns("", "claim", "ours", "verdict").Border(TableBorder.Simple);
        foreach (var (claim, finding) in report.Claims)
            table.AddRow(claim.Id, Markup.Escape(claim.Text), Markup.Escape(finding.Ours), $"[{Color(finding.Verdict)}]{finding.Verdict.Words()}[/]");
        session.Print($"[bold]{report.Paper.Title}[/]");
        session.Print(table);
        session.Print($"{VerdictCounts.Of(report.Claims)}");
        session.Print($"Results: {Path.Combine(Path.GetRelativePath(".", folder), "index.html")}");
    }

    private static string Color(Verdict verdict) => verdict switch { Verdict.Reproduced => "green", Verdict.Trend => "yellow", Verdict.NotReproduced => "red", _ => "grey" };
}

using System.CommandLine;
using Ohmformer.Lab.Datasets;
using Spectre.Console;

namespace Ohmformer.Cli.Commands;

/// <summary>ohmformer data list | check.</summary>
internal static class DataCommand
{
    /// <summary>Classes printed one by one; of more only the smallest and the largest are.</summary>
    private const int PrintedClasses = 20;

    public static Command Create() => ExampleHelp.WithExamples(
        new Command("data", "Show which data sets are shipped and understood; check a data set.") { List(), Check() },
        "ohmformer data list",
        "ohmformer data check my-images.npy");

    private static Command List()
    {
        var command = new Command("list", "The shipped data sets, and the formats that are understood with an example of each.");
        command.Does((_, session) =>
        {
            session.Print($"shipped: {string.Join(", ", DataFormat.Shipped)}");
            var table = new Table().AddColumns("format", "files", "example").Border(TableBorder.Simple);
            foreach (var format in DataFormat.All) table.AddRow(Markup.Escape(format.Name), Markup.Escape(format.Files), Markup.Escape(format.Example));
            session.Print(table);
            session.WriteJson(new { DataFormat.Shipped, Formats = DataFormat.All });
        });
        return ExampleHelp.WithExamples(command, "ohmformer data list");
    }

    private static Command Check()
    {
        var path = new Argument<string>("path") { Description = "File or folder, or the name of a shipped data set." };
        var command = new Command("check", "Read a data set from end to end: what it holds, or the first error.") { path };
        command.Does((parsed, session) =>
        {
            string name = parsed.GetRequiredValue(path);
            var reports = session.WithProgress(progress => new DataCheck(session.Threads, progress, session.Cancellation).Run(name));
            foreach (var report in reports) Print(session, report);
            session.Print($"{name}: no problems.");
            session.WriteJson(new { Data = name, Parts = reports });
        });
        return ExampleHelp.WithExamples(command, "ohmformer data check data/digits", "ohmformer data check sst2/dev.tsv");
    }

    private static void Print(Session session, DataReport report)
    {
        var table = ResultTables.Pairs();
        table.AddRow("format", Markup.Escape(report.Format));
        if (report.Part is { } part) table.AddRow("part", part);
        table.AddRow("samples", ResultTables.Whole(report.Samples));
        table.AddRow("size", Markup.Escape(report.Size));
        if (report.Classes is { } classes)
        {
            string counts = classes.Count <= PrintedClasses
                ? string.Join(", ", classes.Select(c => $"{c.Label}: {ResultTables.Whole(c.Samples)}"))
                : $"{ResultTables.Whole(classes.Min(c => c.Samples))} to {ResultTables.Whole(classes.Max(c => c.Samples))} samples each";
            table.AddRow("classes", Markup.Escape($"{classes.Count} ({counts})"));
        }
        session.Print(table);
    }
}

using System.Globalization;
using Ohmformer.Lab.Runs;
using Ohmformer.Lab.Tasks;
using Spectre.Console;

namespace Ohmformer.Cli;

/// <summary>The results of a comparison as tables for people.</summary>
internal sealed class ComparisonTables
{
    private readonly IReadOnlyList<EvaluationResult> _results;
    private readonly ComparisonNames _names;
    private readonly Metric _metric;

    private ComparisonTables(IReadOnlyList<EvaluationResult> results) => (_results, _names, _metric) = (results, ComparisonNames.Of(results), results[0].Metric);

    /// <summary>One row for each result, what is known of the differences, and what is wrong with the designs.</summary>
    public static void Print(Session session, IReadOnlyList<EvaluationResult> results)
    {
        var tables = new ComparisonTables(results);
        tables.Header(session);
        session.Print(tables.Scores());
        session.Print(tables.Paired());
        tables.Warnings(session);
    }

    /// <summary>Whether digital scores differ between the designs of a model.</summary>
    private bool Quantized => _results.Any(r => r.Quantization is not null) || _results.GroupBy(r => r.Model).Any(g => g.DistinctBy(r => r.Headline.Digital).Count() > 1);

    private bool OneName => _names.Columns.Count == 1;

    private void Header(Session session)
    {
        foreach (var first in _results.DistinctBy(r => r.Model))
        {
            var score = first.Headline;
            string digital = Quantized ? "" : $", digital 8 bit {MetricText.Value(_metric, score.Digital)} ({MetricText.Range(_metric, score.DigitalInterval)})";
            session.Print($"[bold]{first.Model}[/], {first.Samples} samples of {first.Data}, {MetricText.Name(_metric)}: float32 {MetricText.Value(_metric, score.Float)} ({MetricText.Range(_metric, score.FloatInterval)}){digital}");
        }
        foreach (var result in _results.Where(r => r.Quantization is not null).DistinctBy(r => (r.Design, r.Quantization))) session.Print($"{Markup.Escape(result.Design)}: {result.Quantization}");
    }

    /// <summary>What is wrong with each design; of a grid, whose cells have much the same faults, with the first alone.</summary>
    private void Warnings(Session session)
    {
        var faulty = _results.Where(r => r.Warnings.Count > 0).ToList();
        int shown = OneName ? faulty.Count : Math.Min(1, faulty.Count);
        foreach (var result in faulty.Take(shown))
            foreach (string warning in result.Warnings) session.Print($"[yellow]warning:[/] {_names.Line(result)}: {warning}");
        if (shown < faulty.Count) session.Print($"[yellow]warning:[/] {faulty.Count - shown} more results have warnings; log.txt of each has them.");
    }

    private Table Scores()
    {
        string unit = MetricText.IsShare(_metric) ? "\n%" : "";
        bool five = _results[0].Top5Accuracy is not null && OneName; // With more names the table would be too wide.
        var table = ResultTables.Plain([.. _names.Columns, .. Quantized ? [$"digital{unit}"] : (string[])[], $"analog{unit}", .. five ? ["top-5\n%"] : (string[])[], "energy", "latency", "area", "EDAP\nmJ ms\nmm2", "TOPS/W"]);
        foreach (var result in _results)
        {
            var cost = result.Cost;
            table.AddRow(
            [
                .. Names(result),
                .. Quantized ? [MetricText.Number(_metric, result.Headline.Digital)] : (string[])[],
                ResultTables.Spread(_metric, result.Headline.Analog),
                .. five ? [ResultTables.Spread(Metric.Top5Accuracy, result.Top5Accuracy!.Analog)] : (string[])[],
                new Energy(cost.EnergyJoule).ToString(),
                new Time(cost.LatencySecond).ToString(),
                new Area(cost.AreaSquareMeter).ToString(),
                ResultTables.Edap(cost.Edap),
                ResultTables.Number(cost.TopsPerWatt),
            ]);
        }
        return Aligned(table);
    }

    /// <summary>Intervals of the headline, and each result against its reference on the same samples where these are right or wrong.</summary>
    private Table Paired()
    {
        string[] columns = _results[0].Accuracy is null ? [] : ["against\nthe first", "right\nonly here", "right\nonly there", "McNemar\np value"];
        bool five = _results[0].Top5Accuracy is not null && OneName;
        var table = ResultTables.Plain([.. _names.Columns, "95 % interval", .. five ? ["top-5\n95 % interval"] : (string[])[], .. columns]);
        foreach (var result in _results)
        {
            string[] cells = result.VersusFirst is not { } paired ? [.. columns.Select(_ => "")] :
            [
                string.Create(CultureInfo.InvariantCulture, $"{100 * paired.Difference:+0.00;-0.00;0.00} points"),
                ResultTables.Whole(paired.OnlyThis),
                ResultTables.Whole(paired.OnlyOther),
                paired.PValue.ToString("G2", CultureInfo.InvariantCulture),
            ];
            string[] fiveCells = five ? [MetricText.Range(Metric.Top5Accuracy, result.Top5Accuracy!.Analog.Interval)] : [];
            table.AddRow([.. Names(result), MetricText.Range(_metric, result.Headline.Analog.Interval), .. fiveCells, .. cells]);
        }
        return Aligned(table);
    }

    private string[] Names(EvaluationResult result) => [.. _names.Cells(result).Select(n => Markup.Escape(n))];

    /// <summary>Names stand at the left, values of swept keys at the right as all numbers do.</summary>
    private Table Aligned(Table table)
    {
        foreach (var column in table.Columns.Take(_names.Columns.Count - _names.Keys.Count)) column.LeftAligned().NoWrap();
        return table;
    }
}

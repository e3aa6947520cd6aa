using System.Globalization;
using Ohmformer.Lab.Runs;
using Ohmformer.Lab.Tasks;
using Ohmformer.Lab.Zoo;
using Spectre.Console;

namespace Ohmformer.Cli;

/// <summary>Results as tables for people.</summary>
internal static class ResultTables
{
    /// <summary>Everything about one evaluation.</summary>
    public static void Evaluation(Session session, EvaluationResult result)
    {
        session.Print($"[bold]{result.Model}[/] on [bold]{result.Design}[/], {result.Samples} samples of {result.Data}");
        session.Print(Scores(result.Metric, MetricText.Name(result.Metric), result.Headline, result.Quantization));
        if (result.Top5Accuracy is { } five) session.Print(Scores(Metric.Top5Accuracy, MetricText.Name(Metric.Top5Accuracy), five, result.Quantization));
        if (result.Score is not null && result.Accuracy is { } accuracy) session.Print(Scores(Metric.Accuracy, RightShare(result), accuracy, result.Quantization));
        Cost(session, result.Cost);
        session.Print(Diagnostics(result.Diagnostics));
        foreach (string warning in result.Warnings) session.Print($"[yellow]warning:[/] {warning}");
    }

    /// <summary>A cost estimate: totals, breakdowns, and GPUs on the same workload.</summary>
    public static void Cost(Session session, CostResult cost)
    {
        session.Print(Totals(cost));
        session.Print(Components(cost));
        session.Print(LayerClasses(cost));
        session.Print(Gpus(cost));
    }

    /// <summary>What the reuse of attention saves.</summary>
    public static void Reuse(Session session, IReadOnlyList<int> encoders, IReadOnlyList<ReuseResult> rows)
    {
        var table = Plain($"encoders {string.Join(", ", encoders)} reuse attention", "energy", "latency", "area", "EDAP\nmJ ms\nmm2", "EDAP\ngain", "TOPS/W", "TOPS\n/mm2");
        foreach (var row in rows)
        {
            table.AddRow(
                row.Name,
                new Energy(row.EnergyJoule).ToString(),
                new Time(row.LatencySecond).ToString(),
                new Area(row.AreaSquareMeter).ToString(),
                Edap(row.Edap),
                string.Create(CultureInfo.InvariantCulture, $"{row.EdapGain:F2}x"),
                Number(row.TopsPerWatt),
                Number(row.TopsPerSquareMillimeter));
        }
        session.Print(table);
    }

    /// <summary>A table whose first column holds names and whose others hold numbers.</summary>
    public static Table Plain(params string[] columns)
    {
        var table = new Table().AddColumns(columns).Border(TableBorder.Simple);
        foreach (var column in table.Columns) column.PadLeft(0).PadRight(1);
        foreach (var column in table.Columns.Skip(1)) column.RightAligned();
        table.Columns[0].NoWrap();
        return table;
    }

    /// <summary>A table of names and values without headers.</summary>
    public static Table Pairs(int pairs = 1)
    {
        var table = new Table().Border(TableBorder.Simple).HideHeaders();
        for (int i = 0; i < 2 * pairs; i++) table.AddColumn(new TableColumn("").PadLeft(0));
        return table;
    }

    /// <summary>A share as a percentage with two digits.</summary>
    public static string Percent(double share) => string.Create(CultureInfo.InvariantCulture, $"{100 * share:F2} %");

    /// <summary>A count with separators.</summary>
    public static string Whole(long count) => count.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>Bytes in units of 10^6 with one digit.</summary>
    public static string Megabytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:N1}");

    /// <summary>The result of a model's card, for example "98.35 % top-1 accuracy of 2,000".</summary>
    public static string Reference(CardResult result) =>
        $"{MetricText.Value(result.Metric, result.Value)} {MetricText.Name(result.Metric)}{(result.Samples is { } samples ? $" of {Whole(samples)}" : "")}";

    /// <summary>A name of the result files in words.</summary>
    public static string Words(string name) => name.Replace('_', ' ');

    /// <summary>Mean and standard deviation, without a unit.</summary>
    public static string Spread(Metric metric, AnalogScore analog) => $"{MetricText.Number(metric, analog.Mean)} ± {MetricText.Number(metric, analog.Std)}";

    /// <summary>An EDAP in its customary unit mJ ms mm2.</summary>
    public static string Edap(double si) => Number(si * 1e12);

    /// <summary>Four significant digits; large numbers with a power of ten.</summary>
    public static string Number(double value) => Math.Abs(value) is >= 1e4 and < 1e7
        ? Math.Round(value).ToString("N0", CultureInfo.InvariantCulture)
        : value.ToString("G4", CultureInfo.InvariantCulture).Replace("E+0", "E", StringComparison.Ordinal).Replace("E+", "E", StringComparison.Ordinal);

    private static Table Scores(Metric metric, string name, ScoreResult score, string? quantization)
    {
        var analog = score.Analog;
        var table = Pairs();
        table.AddColumn(new TableColumn(""));
        table.AddColumn(new TableColumn(""));
        table.AddRow("float32", MetricText.Value(metric, score.Float), MetricText.Range(metric, score.FloatInterval), $"{name} with its 95 % interval");
        table.AddRow(quantization is null ? "digital, 8 bit" : "digital", MetricText.Value(metric, score.Digital), MetricText.Range(metric, score.DigitalInterval), quantization ?? "");
        table.AddRow("analog", Spread(metric, analog) + (MetricText.IsShare(metric) ? " %" : ""), MetricText.Range(metric, analog.Interval), analog.Values.Count == 1
            ? $"noise seed {analog.Seeds[0]}"
            : $"± std of {analog.Values.Count} noise seeds, {MetricText.Value(metric, analog.Values.Min())} to {MetricText.Value(metric, analog.Values.Max())}");
        return table;
    }

    /// <summary>What the share of right samples is called beside another headline.</summary>
    private static string RightShare(EvaluationResult result) => result.Metric == Metric.F1 ? "exact match" : MetricText.Name(Metric.Accuracy);

    private static Table Totals(CostResult cost)
    {
        var table = Pairs(2);
        table.AddRow("energy", new Energy(cost.EnergyJoule).ToString(), "TOPS", Number(cost.Tops));
        table.AddRow("latency", new Time(cost.LatencySecond).ToString(), "TOPS/W", Number(cost.TopsPerWatt));
        table.AddRow("area", new Area(cost.AreaSquareMeter).ToString(), "TOPS/mm2", Number(cost.TopsPerSquareMillimeter));
        table.AddRow("EDAP", $"{Edap(cost.Edap)} mJ ms mm2", "crossbars", Whole(cost.Crossbars));
        table.AddRow("MACs", Whole(cost.Macs), "write endurance", cost.LifetimeInferences is { } count ? $"{Number(count)} inferences, {Duration(cost.LifetimeSecond ?? 0)}" : "no writes");
        return table;
    }

    private static Table Components(CostResult cost)
    {
        var table = Plain("component", "energy", "share", "area", "share");
        foreach (var row in cost.Components)
        {
            table.AddRow(
                Words(row.Name),
                new Energy(row.EnergyJoule).ToString(),
                Percent(row.EnergyJoule / cost.EnergyJoule),
                row.AreaSquareMeter is { } area ? new Area(area).ToString() : "",
                row.AreaSquareMeter is { } part ? Percent(part / cost.AreaSquareMeter) : "");
        }
        return table;
    }

    private static Table LayerClasses(CostResult cost)
    {
        var table = Plain("layer class", "energy", "share", "latency", "share");
        foreach (var row in cost.LayerClasses)
        {
            table.AddRow(
                Words(row.Name),
                new Energy(row.EnergyJoule).ToString(),
                Percent(row.EnergyJoule / cost.EnergyJoule),
                row.LatencySecond is { } latency ? new Time(latency).ToString() : "",
                row.LatencySecond is { } part ? Percent(part / cost.LatencySecond) : "");
        }
        return table;
    }

    private static Table Gpus(CostResult cost)
    {
        // Lower bounds: one image at a time, no launch times.
        var table = Plain("GPU, roofline", "limited by", "energy", "GPU/design", "latency", "GPU/design");
        foreach (var gpu in cost.Gpus)
        {
            table.AddRow(
                Markup.Escape(gpu.Name),
                gpu.Bound == "memory" ? "memory" : string.Create(CultureInfo.InvariantCulture, $"compute, {100 * gpu.Utilization:F0} % of peak"),
                new Energy(gpu.EnergyJoule).ToString(),
                Number(gpu.EnergyJoule / cost.EnergyJoule),
                new Time(gpu.LatencySecond).ToString(),
                Number(gpu.LatencySecond / cost.LatencySecond));
        }
        return table;
    }

    /// <summary>Health of the products, each layer class in one row.</summary>
    private static Table Diagnostics(IReadOnlyList<SiteResult> sites)
    {
        var table = Plain("layer class", "clipped", "range\nused", "zero input\nbits", "lowest\nSNR", "at");
        foreach (var group in sites.GroupBy(s => s.LayerClass))
        {
            var worst = group.MinBy(s => s.SnrDecibel ?? double.PositiveInfinity)!;
            table.AddRow(
                Words(group.Key),
                group.Max(s => s.ClippedShare) is { } clipped ? Percent(clipped) : "",
                group.Min(s => s.RangeUsed) is { } used ? Percent(used) : "",
                Percent(group.Average(s => s.BitSparsity)),
                worst.SnrDecibel is { } snr ? string.Create(CultureInfo.InvariantCulture, $"{snr:F1} dB") : "exact",
                worst.SnrDecibel is null ? "" : Markup.Escape(worst.Site));
        }
        table.Columns[^1].LeftAligned().NoWrap();
        return table;
    }

    /// <summary>A duration in the unit a person would use.</summary>
    private static string Duration(double seconds) => seconds switch
    {
        < 120 => $"{Number(seconds)} s",
        < 7200 => $"{Number(seconds / 60)} min",
        < 172800 => $"{Number(seconds / 3600)} h",
        < 6.3e7 => $"{Number(seconds / 86400)} days",
        _ => $"{Number(seconds / 31557600)} years",
    };
}

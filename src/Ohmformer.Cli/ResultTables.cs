using System.Globalization;
using Ohmformer.Lab.Runs;
using Spectre.Console;

namespace Ohmformer.Cli;

/// <summary>Results as tables for people.</summary>
internal static class ResultTables
{
    /// <summary>Everything about one evaluation.</summary>
    public static void Print(IAnsiConsole console, EvaluationResult result)
    {
        console.MarkupLineInterpolated($"[bold]{result.Model}[/] on [bold]{result.Design}[/], {result.Samples} samples of {result.Data}");
        Accuracy(console, result);
        Cost(console, result.Cost);
        Breakdown(console, result.Cost);
        Gpus(console, result.Cost);
        Diagnostics(console, result.Diagnostics);
        foreach (string warning in result.Warnings) console.MarkupLineInterpolated($"[yellow]warning:[/] {warning}");
    }

    /// <summary>One row for each design.</summary>
    public static void Compare(IAnsiConsole console, IReadOnlyList<EvaluationResult> results)
    {
        console.MarkupLineInterpolated($"[bold]{results[0].Model}[/], {results[0].Samples} samples of {results[0].Data}; float32 {Percent(results[0].Accuracy.Float)}");
        var table = Plain("design", "digital", "analog", "energy", "latency", "area", "EDAP", "TOPS/W", "warnings");
        foreach (var result in results)
        {
            var cost = result.Cost;
            table.AddRow(
                Markup.Escape(result.Design),
                Percent(result.Accuracy.Digital),
                Spread(result.Accuracy.Analog),
                new Energy(cost.EnergyJoule).ToString(),
                new Time(cost.LatencySecond).ToString(),
                new Area(cost.AreaSquareMeter).ToString(),
                Edap(cost.Edap),
                Number(cost.TopsPerWatt),
                result.Warnings.Count.ToString(CultureInfo.InvariantCulture));
        }
        console.Write(table);
    }

    /// <summary>The totals of a cost estimate.</summary>
    public static void Cost(IAnsiConsole console, CostResult cost)
    {
        var table = Plain("cost of one inference", "", "", "").HideHeaders();
        table.AddRow("energy", new Energy(cost.EnergyJoule).ToString(), "TOPS", Number(cost.Tops));
        table.AddRow("latency", new Time(cost.LatencySecond).ToString(), "TOPS/W", Number(cost.TopsPerWatt));
        table.AddRow("area", new Area(cost.AreaSquareMeter).ToString(), "TOPS/mm2", Number(cost.TopsPerSquareMillimeter));
        table.AddRow("EDAP", Edap(cost.Edap), "crossbars", cost.Crossbars.ToString("N0", CultureInfo.InvariantCulture));
        table.AddRow("MACs", cost.Macs.ToString("N0", CultureInfo.InvariantCulture), "lifetime", Lifetime(cost.LifetimeInferences));
        console.Write(table);
    }

    /// <summary>GPUs on the same workload, by their rooflines.</summary>
    public static void Gpus(IAnsiConsole console, CostResult cost)
    {
        var table = Plain("GPU (roofline)", "utilization", "energy", "against this design", "latency", "against this design");
        foreach (var gpu in cost.Gpus)
        {
            table.AddRow(
                Markup.Escape(gpu.Name),
                Percent(gpu.Utilization),
                new Energy(gpu.EnergyJoule).ToString(),
                Factor(gpu.EnergyJoule / cost.EnergyJoule, "more", "less"),
                new Time(gpu.LatencySecond).ToString(),
                Factor(gpu.LatencySecond / cost.LatencySecond, "slower", "faster"));
        }
        console.Write(table);
    }

    /// <summary>Energy and area by component, energy and latency by layer class.</summary>
    public static void Breakdown(IAnsiConsole console, CostResult cost)
    {
        var components = Plain("component", "energy", "share", "area", "share");
        foreach (var row in cost.Components)
        {
            components.AddRow(
                Words(row.Name),
                new Energy(row.EnergyJoule).ToString(),
                Percent(row.EnergyJoule / cost.EnergyJoule),
                row.AreaSquareMeter is { } area ? new Area(area).ToString() : "",
                row.AreaSquareMeter is { } part ? Percent(part / cost.AreaSquareMeter) : "");
        }
        console.Write(components);

        var classes = Plain("layer class", "energy", "share", "latency", "share");
        foreach (var row in cost.LayerClasses)
        {
            classes.AddRow(
                Words(row.Name),
                new Energy(row.EnergyJoule).ToString(),
                Percent(row.EnergyJoule / cost.EnergyJoule),
                row.LatencySecond is { } latency ? new Time(latency).ToString() : "",
                row.LatencySecond is { } part ? Percent(part / cost.LatencySecond) : "");
        }
        console.Write(classes);
    }

    private static void Accuracy(IAnsiConsole console, EvaluationResult result)
    {
        var analog = result.Accuracy.Analog;
        var table = Plain("arithmetic", "top-1 accuracy", "");
        table.AddRow("float32", Percent(result.Accuracy.Float), "");
        table.AddRow("digital, 8 bit", Percent(result.Accuracy.Digital), "");
        table.AddRow(
            "analog",
            Spread(analog),
            $"{analog.Values.Count} noise seeds, {Percent(analog.Values.Min())} to {Percent(analog.Values.Max())}");
        console.Write(table);
    }

    /// <summary>Health of the products, the worst of each layer class in one row.</summary>
    private static void Diagnostics(IAnsiConsole console, IReadOnlyList<SiteResult> sites)
    {
        var table = Plain("layer class (worst site)", "clipped", "range used", "zero input bits", "SNR");
        foreach (var group in sites.GroupBy(s => s.LayerClass))
        {
            var worst = group.MinBy(s => s.SnrDecibel ?? double.PositiveInfinity)!;
            table.AddRow(
                $"{Words(group.Key)} ({worst.Site})",
                group.Max(s => s.ClippedShare) is { } clipped ? Percent(clipped) : "",
                group.Min(s => s.RangeUsed) is { } used ? Percent(used) : "",
                Percent(group.Average(s => s.BitSparsity)),
                worst.SnrDecibel is { } snr ? string.Create(CultureInfo.InvariantCulture, $"{snr:F1} dB") : "no error");
        }
        console.Write(table);
    }

    /// <summary>A share as a percentage with two digits.</summary>
    public static string Percent(double share) => string.Create(CultureInfo.InvariantCulture, $"{100 * share:F2} %");

    private static string Spread(AnalogAccuracy analog) =>
        string.Create(CultureInfo.InvariantCulture, $"{100 * analog.Mean:F2} ± {100 * analog.Std:F2} %");

    private static string Factor(double ratio, string above, string below) =>
        ratio >= 1 ? $"{Number(ratio)}x {above}" : $"{Number(1 / ratio)}x {below}";

    private static string Words(string name) => name.Replace('_', ' ');

    private static string Number(double value) => value.ToString("G4", CultureInfo.InvariantCulture);

    /// <summary>EDAP in the customary unit mJ ms mm2.</summary>
    private static string Edap(double si) => Number(si * 1e12) + " mJ ms mm2";

    private static string Lifetime(double? inferences) => inferences is { } count ? $"{Number(count)} inferences (write endurance)" : "no writes";

    private static Table Plain(params string[] columns) => new Table().AddColumns(columns).Border(TableBorder.Simple);
}

using System.Globalization;
using Ohmformer.Lab.Charts;
using Ohmformer.Lab.Designs;
using Ohmformer.Techniques.Trex;

namespace Ohmformer.Lab.Experiments;

/// <summary>The figures of the study of TReX.</summary>
internal static class TrexFigures
{
    /// <summary>The uniform patterns.</summary>
    /// <param name="layers">Encoders.</param>
    /// <param name="reuses">Encoders that reuse.</param>
    public static ReportFigure Patterns(int layers, int reuses)
    {
        var patterns = ReusePattern.All(layers, reuses);
        return ReportFigure.Of("patterns", new()
        {
            Title = $"The {patterns.Count} uniform patterns of {reuses} reuses among {layers} encoders",
            Subtitle = $"in place of {ReusePattern.Subsets(layers, reuses):F0} subsets; each column is a pattern, each marker an encoder that reuses attention",
            X = new("pattern"),
            Y = new("encoder") { Minimum = 0, Maximum = layers - 1 },
            Series = [.. patterns.Index().GroupBy(p => p.Item.Kind).Select(kind => new Series(
                TrexTables.Word(kind.Key), [.. kind.SelectMany(p => p.Item.Encoders.Select(e => new ChartPoint(p.Index + 1, e)))]) { Style = SeriesStyle.Markers })],
        });
    }

    /// <summary>All figures of a model.</summary>
    public static IEnumerable<ReportFigure> Of(TrexModelResult model)
    {
        yield return Accuracy(model);
        yield return Techniques(model);
        if (model.Patterns.Count > 0) yield return Kinds(model);
        if (model.Ranked.Count > 1) yield return Ranks(model);
    }

    /// <summary>The likeness of attention outputs.</summary>
    public static ReportFigure Similarity(TrexSimilarity similarity) => new($"cka-{FileName(similarity.Model)}", new HeatMap
    {
        Title = $"{similarity.Model}: likeness of the attention outputs of its encoders",
        Subtitle = $"linear CKA of the class tokens' concatenated head outputs, {similarity.Samples} samples, float32",
        Axis = "encoder",
        Names = [.. Enumerable.Range(0, similarity.Alignment.GetLength(0)).Select(i => i.ToString(CultureInfo.InvariantCulture))],
        Values = similarity.Alignment,
    }.Svg());

    private static ReportFigure Accuracy(TrexModelResult model)
    {
        int[] numbers = [0, .. model.Budget.Numbers];
        return ReportFigure.Of($"accuracy-reuse-{FileName(model.Model)}", new()
        {
            Title = $"{model.Model}: accuracy over the encoders that reuse attention",
            Subtitle = $"fine-tuned alike, 0 included; bands are the smallest and largest of {model.Budget.Trainings} training{(model.Budget.Trainings == 1 ? "" : "s")} and all noise seeds",
            X = new("encoders that reuse attention"),
            Y = new("top-1 accuracy") { Unit = "%" },
            Series =
            [
                Line("float32", n => [.. model.OfNumber(n).Select(t => t.Accuracy.Float)]),
                Line("noise of training", n => [.. model.OfNumber(n).SelectMany(t => t.Accuracy.Noisy)]),
                .. model.Arrays.Count == 0 ? (Series[])[] : [Line($"FeFET arrays, {model.ArraySamples} samples", n => model.Arrays.First(a =>
                    a.Network == model.OfNumber(n)[0].Network && a.Design == TrexModelStudy.Hardware).Points) with { Dashed = true }],
            ],
        });

        Series Line(string name, Func<int, double[]> points) => new(name, [.. numbers.Select(n => Point(n, points(n)))]) { Style = SeriesStyle.LineAndMarkers };
    }

    private static ReportFigure Techniques(TrexModelResult model)
    {
        var design = DesignFile.Load(TrexModelStudy.Hardware);
        double baseline = new TrexNetwork().Cost(design, model.Spec).EdapMilli;
        return ReportFigure.Of($"accuracy-edap-{FileName(model.Model)}", new()
        {
            Title = $"{model.Model}: accuracy over the gain in EDAP",
            Subtitle = "with the noise of training; FeFET, everything counted; whiskers are the smallest and largest of trainings and noise seeds",
            X = new("EDAP without reuse over EDAP"),
            Y = new("top-1 accuracy") { Unit = "%" },
            Series = [.. TrexTables.Costed(model).GroupBy(n => n[0].Network switch { { SharedEncoders: > 1 } => "weights shared", { Pruning: not null } => "tokens pruned", _ => "reuse" })
                .Select(technique => new Series(technique.Key, [.. technique.Select(n =>
                    Point(baseline / n[0].Network.Cost(design, model.Spec).EdapMilli, [.. n.SelectMany(t => t.Accuracy.Noisy)]) with { Label = n[0].Network.Words })]) { Style = SeriesStyle.Markers })],
        });
    }

    private static ReportFigure Kinds(TrexModelResult model)
    {
        ReusePatternKind?[] kinds = [ReusePatternKind.Continuous, ReusePatternKind.Pyramid, ReusePatternKind.Strided, null];
        string[] names = [.. kinds.Select(k => k is { } kind ? TrexTables.Word(kind) : "random subset")];
        return ReportFigure.Of($"kinds-{FileName(model.Model)}", new()
        {
            Title = $"{model.Model}: kinds of patterns after partial training",
            Subtitle = $"{model.Budget.Compared} reuses, each marker a pattern; accuracy with the noise of training on {model.PartialSamples} samples",
            X = new("") { Categories = names },
            Y = new("top-1 accuracy") { Unit = "%" },
            Series = [.. kinds.Select((kind, i) => new Series(names[i], [.. model.Patterns.Where(p => p.Kind == kind).Select(p => new ChartPoint(i, p.Accuracy.Mean))]) { Style = SeriesStyle.Markers })],
        });
    }

    private static ReportFigure Ranks(TrexModelResult model) => ReportFigure.Of($"ranks-{FileName(model.Model)}", new()
    {
        Title = $"{model.Model}: partial against full training",
        Subtitle = "patterns of all ranks; whiskers are the smallest and largest of the noise seeds",
        X = new("loss after partial training") { Unit = "nats" },
        Y = new("top-1 accuracy after fine-tuning") { Unit = "%" },
        Series = [new("patterns", [.. model.Ranked.Select(r => Point(r.Partial.Loss, r.Tuned.Accuracy.Noisy) with { Label = string.Join(' ', r.Partial.Network.Reuse!.Encoders) })]) { Style = SeriesStyle.Markers }],
    });

    private static ChartPoint Point(double x, double[] values) => new(x, values.Average()) { Low = values.Min(), High = values.Max() };

    private static string FileName(string model) => model.Split(' ')[0];
}

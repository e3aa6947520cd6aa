using System.Globalization;
using Ohmformer.Cost;
using Ohmformer.Lab.Charts;
using Ohmformer.Lab.Tasks;

namespace Ohmformer.Lab.Runs;

/// <summary>The charts of a comparison: scores with their 95 % intervals over energy, over EDAP with the Pareto front, and over each swept key.</summary>
internal sealed class ComparisonCharts
{
    private const int MostLabels = 8, MostBands = 4;
    private const double MicroJoule = 1e-6, MilliJouleMillisecondSquareMillimeter = 1e-12;

    private readonly IReadOnlyList<EvaluationResult> _results;
    private readonly ComparisonNames _names;
    private readonly Metric _metric;
    private readonly string[] _conditions;

    /// <summary>The charts of some results.</summary>
    /// <param name="results">Of the same data, one at least.</param>
    public ComparisonCharts(IReadOnlyList<EvaluationResult> results)
    {
        (_results, _names, _metric) = (results, ComparisonNames.Of(results), results[0].Metric);
        _conditions = [.. _names.Keys.Where(IsCondition)];
    }

    private double Scale => MetricText.IsShare(_metric) ? 100 : 1;

    private Axis Score => new(MetricText.Name(_metric)) { Unit = MetricText.IsShare(_metric) ? "%" : null };

    /// <summary>The charts by the names of their files.</summary>
    public IEnumerable<(string File, Chart Chart)> All()
    {
        yield return ("comparison.svg", Scatter("energy", new("energy of one inference") { Unit = "uJ", Log = true }, r => r.Cost.EnergyJoule / MicroJoule, front: false));
        yield return ("pareto.svg", Scatter("EDAP", new("EDAP") { Unit = "mJ ms mm2", Log = true }, r => r.Cost.Edap / MilliJouleMillisecondSquareMillimeter, front: true));
        foreach (var (i, key) in _names.Keys.Index())
        {
            // A chart with a line for each model and each design would be a tangle.
            var designs = _results.DistinctBy(r => r.Model).Skip(1).Any() ? _results.GroupBy(r => r.Design).ToList() : [_results.GroupBy(_ => "").Single()];
            foreach (var design in designs)
            {
                string number = _names.Keys.Count == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $"-{i + 1}"), name = designs.Count == 1 ? "" : "-" + design.Key;
                yield return ($"sweep{number}{name}.svg", Sweep(key, [.. design]));
            }
        }
    }

    /// <summary>Whether a key changes no cost, so that its values are conditions that a choice must meet, and no choices.</summary>
    private bool IsCondition(string key) => _results.GroupBy(r => (r.Model, _names.Line(r, key))).All(g => g.DistinctBy(r => r.Cost.Edap).Count() == 1);

    private string Condition(EvaluationResult result) => string.Join(", ", _conditions.Select(k => _names.Setting(k, ComparisonNames.ValueOf(result, k))));

    private Chart Scatter(string what, Axis axis, Func<EvaluationResult, double> cost, bool front)
    {
        var groups = _results.GroupBy(Condition).Select(g => (Name: g.Key.Length > 0 ? g.Key : "designs", Results: g.ToList(), Front: Front(g, cost))).ToList();
        bool all = groups[0].Results.Count <= MostLabels;
        var series = groups.Select((group, i) => new Series(group.Name, [.. group.Results.Select(r => Point(cost(r), r, interval: groups.Count == 1) with
        {
            Label = i == 0 && (all || groups.Any(g => g.Front.Any(f => Choice(f) == Choice(r)))) ? Choice(r) : null,
        })])
        {
            Style = SeriesStyle.Markers,
        });
        var fronts = groups.Select((group, i) => new Series("", [.. group.Front.Select(r => Point(cost(r), r, interval: false))]) { Like = i });
        return new()
        {
            Title = $"{Models(_results)}: {MetricText.Name(_metric)} and {what}",
            Subtitle = Subtitle(_results, groups.Count == 1) + (front ? "; lines join the Pareto fronts" : ""),
            X = axis,
            Y = Score,
            Series = [.. series, .. front ? fronts : []],
        };
    }

    private List<EvaluationResult> Front(IEnumerable<EvaluationResult> group, Func<EvaluationResult, double> cost)
    {
        EvaluationResult[] results = [.. group];
        double sign = _metric == Metric.Perplexity ? -1 : 1;
        return [.. ParetoFront.Of([.. results.Select(r => (cost(r), sign * r.Headline.Analog.Mean))]).Select(i => results[i])];
    }

    /// <summary>A result without its conditions.</summary>
    private string Choice(EvaluationResult result) => string.Join(", ", _names.Cells(result).Zip(_names.Columns).Where(c => !_conditions.Any(k => _names.Short(k) == c.Second)).Select(c => c.First));

    private Chart Sweep(string key, IReadOnlyList<EvaluationResult> results)
    {
        var (names, lines) = (ComparisonNames.Of(results), results.GroupBy(r => _names.Line(r, key)).ToList());
        string[] values = [.. results.Select(r => ComparisonNames.ValueOf(r, key)).Distinct()];
        bool numeric = values.All(v => double.TryParse(v, NumberStyles.Float, CultureInfo.InvariantCulture, out _)), bands = lines.Count <= MostBands;
        string design = results.DistinctBy(r => r.Design).Count() == 1 ? $" on {results[0].Design}" : "";
        return new()
        {
            Title = $"{Models(results)}{design}: {MetricText.Name(_metric)} over {_names.Short(key)}",
            Subtitle = Subtitle(results, bands),
            X = new(key) { Categories = numeric ? null : values },
            Y = Score,
            Series = [.. lines.Select(line => new Series(names.Line(line.First(), key), [.. line.Select(r => Point(X(r), r, bands))]) { Style = SeriesStyle.LineAndMarkers })],
        };

        double X(EvaluationResult result) => ComparisonNames.ValueOf(result, key) is var value && numeric ? double.Parse(value, CultureInfo.InvariantCulture) : Array.IndexOf(values, value);
    }

    private ChartPoint Point(double x, EvaluationResult result, bool interval)
    {
        var analog = result.Headline.Analog;
        return new(x, Scale * analog.Mean) { Low = interval ? Scale * analog.Interval.Low : null, High = interval ? Scale * analog.Interval.High : null };
    }

    private string Subtitle(IReadOnlyList<EvaluationResult> results, bool intervals) =>
        string.Create(CultureInfo.InvariantCulture, $"{results[0].Samples:N0} samples of {results[0].Data}, mean of {results[0].Headline.Analog.Seeds.Count} noise seeds")
        + (intervals ? ", 95 % intervals over samples" : "")
        + (results.DistinctBy(r => r.Model).Skip(1).Any() ? "" : $"; float32 {MetricText.Value(_metric, results[0].Headline.Float)}");

    private static string Models(IReadOnlyList<EvaluationResult> results)
    {
        string[] names = [.. results.Select(r => ModelSource.ShortName(r.Model)).Distinct()];
        return names.Length == 1 ? names[0] : string.Create(CultureInfo.InvariantCulture, $"{names.Length} models");
    }
}

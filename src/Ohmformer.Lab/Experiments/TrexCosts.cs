using System.Globalization;
using Ohmformer.Cost;
using Ohmformer.Lab.Charts;
using Ohmformer.Lab.Designs;
using Ohmformer.Mapping;
using Ohmformer.Models;
using Ohmformer.Techniques.Trex;

namespace Ohmformer.Lab.Experiments;

/// <summary>The claims of TReX about cost, which need no trained model: T1, T2 and T10 to T12.</summary>
internal sealed class TrexCosts(PaperFolder paper)
{
    private const string TablesFile = "tables4and5.csv", Vision = "deit-small", LvVit = "lvvit-small";
    private const double Tolerance = 0.003, GainTolerance = 0.01, ShareTolerance = 0.8;

    private static readonly Design FeFet = DesignFile.Load("trex-fefet");

    private readonly IReadOnlyList<Row> _rows = [.. paper.Rows(TablesFile).Select(Row.Of)];

    /// <summary>A figure of a row.</summary>
    /// <param name="Name">What it is, with its unit.</param>
    /// <param name="Digits">Digits behind the point that the paper prints.</param>
    /// <param name="Value">Its value; one MAC is one operation, as in the paper.</param>
    private sealed record Figure(string Name, int Digits, Func<TrexCost, double> Value);

    private static readonly Figure[] Figures =
    [
        new("energy_mj", 4, c => c.Energy.Si * 1e3),
        new("delay_ms", 2, c => c.Delay.Si * 1e3),
        new("area_mm2", 1, c => c.Area.Si * 1e6),
        new("edap", 2, c => c.EdapMilli),
        new("tops_per_watt", 2, c => c.TopsPerWatt / 2),
        new("tops_per_mm2", 5, c => c.TopsPerSquareMillimeter / 2),
    ];

    /// <summary>A row of Tables IV and V.</summary>
    private sealed record Row(string Model, string Network, int Reuses, IReadOnlyDictionary<string, string> Texts)
    {
        /// <summary>The network with as many reuses; which encoders reuse does not change the cost.</summary>
        public TransformerSpec Spec => KnownShapes.Get(Network) with { Reuse = Reuses == 0 ? null : new(Enumerable.Range(1, Reuses)) };

        public double Published(Figure figure) => double.Parse(Texts[figure.Name], CultureInfo.InvariantCulture);

        /// <summary>Three per mille of a number that the paper rounds to the printed one.</summary>
        public double Allowed(Figure figure)
        {
            // LV-ViT-S is printed with three digits of energy.
            int digits = figure.Name == Figures[0].Name && Network == LvVit ? 3 : figure.Digits;
            return Tolerance * Published(figure) + 0.5 * Math.Pow(10, -digits);
        }

        public static Row Of(IReadOnlyDictionary<string, string> texts) => new(texts["model"], texts["network"], int.Parse(texts["reuses"], CultureInfo.InvariantCulture), texts);
    }

    /// <summary>The findings on T1, T2 and T10 to T12.</summary>
    public Dictionary<string, Finding> Findings() => new()
    {
        ["T1"] = Rows(Vision),
        ["T2"] = Rows(LvVit),
        ["T10"] = KeyWrite(),
        ["T11"] = Breakdown(),
        ["T12"] = Totals(),
    };

    /// <summary>Tables IV and V, the paper's figures beside ours.</summary>
    public ReportTable Table() => new(
        "tables4and5", "Tables IV and V of the paper and ours (as the paper counts: without transformation blocks, one operation per MAC)",
        ["model", "reuses", .. Figures.SelectMany(f => (string[])[$"{f.Name}, paper", "ours"])],
        [.. _rows.Select(r =>
        {
            var cost = TrexSim.Estimate(FeFet, r.Spec, TrexCounting.Published);
            return (IReadOnlyList<string>)[r.Model, $"{r.Reuses}", .. Figures.SelectMany(f => (string[])[r.Texts[f.Name], Text(f.Value(cost), f.Digits)])];
        })]);

    /// <summary>Totals with everything counted.</summary>
    public ReportTable HonestTable() => new(
        "honest-totals", "The same with transformation blocks and with the operations that are executed",
        ["model", "reuses", .. Figures.Select(f => f.Name), "EDAP gain", "EDAP gain as published"],
        [.. _rows.Select(r =>
        {
            var cost = TrexSim.Estimate(FeFet, r.Spec, TrexCounting.Honest);
            return (IReadOnlyList<string>)[r.Model, $"{r.Reuses}", .. Figures.Select(f => Text(f.Value(cost), f.Digits)), $"{Text(EdapGain(r, TrexCounting.Honest), 2)}x", $"{Text(EdapGain(r, TrexCounting.Published), 2)}x"];
        })]);

    /// <summary>Baselines on the same cost model.</summary>
    public static ReportTable Baselines()
    {
        var spec = KnownShapes.Get(Vision);
        var none = TrexSim.Estimate(FeFet, spec);
        (string Name, TrexCost Cost, string Paper)[] rows =
        [
            ("without reuse", none, ""),
            ("K^T never written", TrexSim.WithoutKeyWrite(FeFet, spec), "1.03x"),
            ("weights shared by 2", TrexSim.SharedWeights(FeFet, spec, 2), "2x, 78.3 %"),
            ("weights shared by 3", TrexSim.SharedWeights(FeFet, spec, 3), "about 60 %"),
            ("tokens pruned, 94 % kept", TrexSim.PrunedTokens(FeFet, spec, 0.94), "1.3x, 79.3 %"),
            ("tokens pruned, 80 % kept", TrexSim.PrunedTokens(FeFet, spec, 0.8), "up to 2.2x, -7.4 points"),
            ("5 reuses, as published", TrexSim.Estimate(FeFet, WithReuses(spec, 5), TrexCounting.Published), "2.3x, 78.1 %"),
            ("5 reuses, everything counted", TrexSim.Estimate(FeFet, WithReuses(spec, 5)), ""),
        ];
        return new(
            "baselines", "DeiT-S on FeFET: what reuse is compared with",
            ["", "energy mJ", "delay ms", "area mm2", "EDAP", "EDAP gain", "paper"],
            [.. rows.Select(r => (IReadOnlyList<string>)
                [r.Name, Text(r.Cost.Energy.Si * 1e3, 4), Text(r.Cost.Delay.Si * 1e3, 2), Text(r.Cost.Area.Si * 1e6, 1), Text(r.Cost.EdapMilli, 2), $"{Text(none.EdapMilli / r.Cost.EdapMilli, 2)}x", r.Paper])]);
    }

    /// <summary>EDAP of DeiT-S and LV-ViT-S over the encoders that reuse, counted in both ways, and published.</summary>
    public ReportFigure Tradeoff()
    {
        return ReportFigure.Of("edap-reuse", new()
        {
            Title = "TReX: EDAP over the encoders that reuse attention",
            Subtitle = "FeFET; markers are Tables IV and V of the paper, lines are ours",
            X = new("encoders that reuse attention"),
            Y = new("energy-delay-area product") { Unit = "mJ ms mm2", Log = true },
            Series =
            [
                .. ((string[])[Vision, LvVit]).SelectMany(network => (Series[])
                [
                    new($"{network}, paper", [.. _rows.Where(r => r.Network == network).Select(r => new ChartPoint(r.Reuses, r.Published(Figures[3])))]) { Style = SeriesStyle.Markers },
                    Line($"{network}, as published", network, TrexCounting.Published, dashed: false),
                    Line($"{network}, everything counted", network, TrexCounting.Honest, dashed: true),
                ]),
            ],
        });

        static Series Line(string name, string network, TrexCounting counting, bool dashed)
        {
            var spec = KnownShapes.Get(network);
            double[] reuses = [.. Enumerable.Range(0, spec.Layers).Select(r => (double)r)];
            return Series.Line(name, reuses, [.. reuses.Select(r => TrexSim.Estimate(FeFet, WithReuses(spec, (int)r), counting).EdapMilli)]) with { Dashed = dashed };
        }
    }

    private Finding Rows(string network)
    {
        var rows = _rows.Where(r => r.Network == network).Select(r => (Row: r, Cost: TrexSim.Estimate(FeFet, r.Spec, TrexCounting.Published))).ToList();
        var figures = rows.SelectMany(r => Figures.Select(f => (r.Row.Published(f), f.Value(r.Cost), r.Row.Allowed(f)))).ToList();
        return Rules.Figures(figures, $"{figures.Count(f => Math.Abs(f.Item1 - f.Item2) <= f.Item3)} of {figures.Count} figures within 0.3 % of a number that rounds to the paper's; EDAP {string.Join(", ", rows.Select(r => Text(r.Cost.EdapMilli, 1)))}");
    }

    private static Finding KeyWrite()
    {
        var spec = KnownShapes.Get(Vision);
        double gain = TrexSim.Estimate(FeFet, spec).EdapMilli / TrexSim.WithoutKeyWrite(FeFet, spec).EdapMilli;
        return Rules.Figures([(1.03, gain, GainTolerance)], $"{Text(gain, 3)}x");
    }

    private static Finding Breakdown()
    {
        var spec = KnownShapes.Get(Vision);
        var (attention, others) = TrexSim.Blocks(FeFet, spec);
        var all = TrexSim.Estimate(FeFet, spec);
        var steps = CostModel.Estimate(FeFet, TrexSim.Encoders(spec, spec.Tokens)).Steps;
        double delay = 100 * (attention.Delay / all.Delay), edap = 100 * attention.EdapMilli / (attention.EdapMilli + others.EdapMilli);
        double softmax = 100 * steps.Where(s => s.Class == nameof(DigitalKind.Softmax)).Sum(s => s.Latency.Si) / attention.Delay.Si;
        double writes = 100 * steps.Sum(s => s.WriteLatency.Si) / attention.Delay.Si;
        return Rules.Figures(
            [(90, delay, ShareTolerance), (80, edap, ShareTolerance), (75, softmax, ShareTolerance), (6, writes, ShareTolerance)],
            $"{Text(delay, 1)} % of the delay, {Text(edap, 1)} % of the block EDAP; softmax {Text(softmax, 1)} %, writes {Text(writes, 1)} % of the attention delay");
    }

    private Finding Totals()
    {
        Row vision = _rows.Single(r => r.Model == "TReX-D-7"), lvVit = _rows.Single(r => r.Model == "TReX-L-10");
        double published = EdapGain(vision, TrexCounting.Published), honest = EdapGain(vision, TrexCounting.Honest);
        double second = EdapGain(lvVit, TrexCounting.Published), secondHonest = EdapGain(lvVit, TrexCounting.Honest);
        double density = Gain(vision, new() { CountTransformations = false }, c => c.TopsPerSquareMillimeter), full = Gain(vision, TrexCounting.Honest, c => c.TopsPerSquareMillimeter);
        return Rules.Figures(
            [(2.30, published, GainTolerance), (2.09, honest, GainTolerance), (2.20, second, GainTolerance), (2.00, secondHonest, GainTolerance), (1.66, density, GainTolerance)],
            $"D-7 {Text(published, 2)}x becomes {Text(honest, 2)}x, L-10 {Text(second, 2)}x becomes {Text(secondHonest, 2)}x, TOPS/mm2 on executed operations {Text(density, 2)}x (with the blocks {Text(full, 2)}x)");
    }

    private static double EdapGain(Row row, TrexCounting counting) => 1 / Gain(row, counting, c => c.EdapMilli);

    private static double Gain(Row row, TrexCounting counting, Func<TrexCost, double> figure) =>
        figure(TrexSim.Estimate(FeFet, row.Spec, counting)) / figure(TrexSim.Estimate(FeFet, row.Spec with { Reuse = null }, counting));

    private static TransformerSpec WithReuses(TransformerSpec spec, int reuses) => spec with { Reuse = reuses == 0 ? null : new(Enumerable.Range(1, reuses)) };

    private static string Text(double value, int digits) => value.ToString($"F{digits}", CultureInfo.InvariantCulture);
}

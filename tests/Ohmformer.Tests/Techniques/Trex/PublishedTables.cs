using Ohmformer.Models;

namespace Ohmformer.Tests.Techniques.Trex;

/// <summary>Tables IV and V of TReX (arXiv:2408.12742); TOPS/W and TOPS/mm2 count a MAC as one operation.</summary>
internal static class PublishedTables
{
    public static IReadOnlyList<Row> Rows { get; } =
    [
        new("DeiT-S", "deit-small", 0, 0.1317, 10.92, 775.2, 1115.23, 34.45, 0.00054),
        new("TReX-D-9", "deit-small", 3, 0.1181, 8.46, 701.1, 700.2, 35.49, 0.00077),
        new("TReX-D-7", "deit-small", 5, 0.1089, 6.82, 651.7, 484.15, 36.32, 0.00102),
        new("TReX-D-6", "deit-small", 7, 0.0998, 5.18, 602.3, 311.43, 37.31, 0.00145),
        new("TReX-D-4", "deit-small", 9, 0.0907, 3.54, 552.9, 177.6, 38.49, 0.00232),
        new("LV-ViT-S", "lvvit-small", 0, 0.153, 14.55, 912.0, 2030.1, 33.51, 0.00039),
        new("TReX-L-12", "lvvit-small", 4, 0.135, 11.28, 813.2, 1234.87, 34.59, 0.00056),
        new("TReX-L-10", "lvvit-small", 6, 0.125, 9.64, 763.8, 924.03, 35.25, 0.0007),
        new("TReX-L-9", "lvvit-small", 7, 0.121, 8.82, 739.1, 788.35, 35.61, 0.00079),
        new("TReX-L-8", "lvvit-small", 9, 0.112, 7.18, 689.7, 553.72, 36.44, 0.00103),
        new("TReX-L-6", "lvvit-small", 11, 0.103, 5.55, 640.3, 364.35, 37.41, 0.00144),
    ];

    public static Row Of(string model) => Rows.Single(r => r.Model == model);

    /// <summary>One row.</summary>
    internal sealed record Row(string Model, string Network, int Reuses, double EnergyMilli, double DelayMilli, double AreaMilli, double Edap, double TopsPerWatt, double TopsPerSquareMillimeter)
    {
        /// <summary>The network with as many reuses; which encoders reuse does not change the cost.</summary>
        public TransformerSpec Spec => KnownShapes.Get(Network) with { Reuse = Reuses == 0 ? null : new(Enumerable.Range(1, Reuses)) };
    }
}

using System.Globalization;
using Ohmformer.Techniques.ClipFormer;

namespace Ohmformer.Lab.Experiments;

/// <summary>One of the networks of ClipFormer's Table II.</summary>
internal enum ClipFormerVariant
{
    /// <summary>As it was trained.</summary>
    Standard,

    /// <summary>Trained with noise.</summary>
    Vat,

    /// <summary>With fewer tokens.</summary>
    Sparse,

    /// <summary>Trained with noise, and with fewer tokens.</summary>
    SparseVat,
}

/// <summary>A network that is measured.</summary>
/// <param name="Name">Name of the model for people, without its variant.</param>
/// <param name="Variant">What was done to it.</param>
/// <param name="Model">The network with its data.</param>
internal sealed record ClipFormerNetwork(string Name, ClipFormerVariant Variant, ExperimentModel Model)
{
    /// <summary>Whether tokens drop out.</summary>
    public bool IsSparse => Variant is ClipFormerVariant.Sparse or ClipFormerVariant.SparseVat;
}

/// <summary>One cell of Table II.</summary>
/// <param name="Model">The model.</param>
/// <param name="Variant">What was done to it.</param>
/// <param name="Float">Accuracy in single precision, in percent.</param>
/// <param name="Level">The paper's factor of write noise that the cell is compared with.</param>
/// <param name="Gamma">Factor of write noise.</param>
/// <param name="Setting">Alpha and beta; (0, 1) is plain.</param>
/// <param name="Score">Accuracy and SNR.</param>
internal sealed record ClipFormerCell(
    string Model, ClipFormerVariant Variant, double Float, double Level, double Gamma, (double Alpha, double Beta) Setting, KeptScore Score)
{
    /// <summary>Accuracy of each seed, in percent.</summary>
    public double[] Points => [.. Score.Points];

    /// <summary>Mean accuracy in percent.</summary>
    public double Mean => Score.Points.Average();

    /// <summary>Mean SNR of the attention blocks in dB; NaN where nothing was measured.</summary>
    public double Snr => Score.Snr.Select(e => e.Decibel).DefaultIfEmpty(double.NaN).Average();

    /// <summary>The setting for people.</summary>
    public string SettingText => TextOf(Setting);

    /// <summary>A setting for people.</summary>
    public static string TextOf((double Alpha, double Beta) setting) =>
        setting == ClipFormerDesigns.Settings[0] ? "plain" : string.Create(CultureInfo.InvariantCulture, $"({setting.Alpha}, {setting.Beta})");
}

/// <summary>Accuracies of one model on designs beside Table II, of each seed, in percent.</summary>
/// <param name="Model">The model.</param>
/// <param name="LowNoise">At gamma 1, by setting.</param>
/// <param name="WriteOnly">Write noise at gamma 3 alone, by ON/OFF ratio.</param>
/// <param name="ReadOnly">Read noise on weights alone.</param>
internal sealed record ClipFormerSideStudy(
    string Model, IReadOnlyDictionary<(double Alpha, double Beta), double[]> LowNoise, IReadOnlyDictionary<double, double[]> WriteOnly, double[] ReadOnly);

/// <summary>Cells in the structure of Table II.</summary>
/// <param name="Cells">The cells.</param>
/// <param name="Sampling">How much was measured of each.</param>
internal sealed record ClipFormerTable(IReadOnlyList<ClipFormerCell> Cells, Sampling Sampling)
{
    /// <summary>Every model and variant, with its cells.</summary>
    public IReadOnlyList<IGrouping<(string Model, ClipFormerVariant Variant), ClipFormerCell>> Networks => [.. Cells.GroupBy(c => (c.Model, c.Variant))];
}

/// <summary>Accuracies at stronger noise than the paper's.</summary>
/// <param name="Sweep">Standard networks and those with VAT.</param>
/// <param name="PerTensor">Standard networks, with one wMax for the K or V of all heads.</param>
/// <param name="SweepSampling">How much was measured of each of these.</param>
/// <param name="EqualDamage">All variants at the noise where the plain standard network loses what DeiT-S loses; the level of a cell is the gamma of DeiT-S.</param>
internal sealed record ClipFormerStress(
    IReadOnlyList<ClipFormerCell> Sweep, IReadOnlyList<ClipFormerCell> PerTensor, Sampling SweepSampling, ClipFormerTable EqualDamage)
{
    /// <summary>The measurements of several models as one.</summary>
    /// <param name="models">The measurements, one at least.</param>
    public static ClipFormerStress Join(IReadOnlyList<ClipFormerStress> models) => models[0] with
    {
        Sweep = [.. models.SelectMany(m => m.Sweep)],
        PerTensor = [.. models.SelectMany(m => m.PerTensor)],
        EqualDamage = models[0].EqualDamage with { Cells = [.. models.SelectMany(m => m.EqualDamage.Cells)] },
    };
}

/// <summary>Everything that was measured.</summary>
/// <param name="Table">Table II.</param>
/// <param name="Sides">The other studies, one for each model.</param>
/// <param name="Stress">What was measured at stronger noise; null in quick mode.</param>
internal sealed record ClipFormerMeasurement(ClipFormerTable Table, IReadOnlyList<ClipFormerSideStudy> Sides, ClipFormerStress? Stress);

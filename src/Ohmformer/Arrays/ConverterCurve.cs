using Ohmformer.Circuits.Adc;

namespace Ohmformer.Arrays;

/// <summary>
/// All conversions of an output that share one straight transfer curve: their weighted codes are added as integers and turned
/// into counts once.
/// </summary>
/// <param name="Transfer">The curve.</param>
/// <param name="Constant">What the low end of the range adds to an output: Low times the weights of all passes and samples that share the curve.</param>
internal readonly record struct ConverterCurve(AdcTransfer Transfer, double Constant)
{
    /// <summary>What a sum of weighted codes stands for, in integer units.</summary>
    public double Value(double codes) => codes / Transfer.Q + Constant;
}

/// <summary>The transfer curves of a matrix whose converters are all straight.</summary>
internal sealed class ConverterCurves
{
    private ConverterCurves(ConverterCurve[] curves, int[][] index)
    {
        All = curves;
        Index = index;
    }

    /// <summary>The different curves, in the order in which groups and samples meet them.</summary>
    public ConverterCurve[] All { get; }

    /// <summary>Which curve a conversion follows, [group][sample].</summary>
    public int[][] Index { get; }

    /// <summary>The curves of matrices of one shape; null where a converter is missing or not straight.</summary>
    public static ConverterCurves? Of(MatrixShape shape)
    {
        if (shape.Converters is not { } rows || rows.Any(row => row.Transfers is null)) return null;
        List<AdcTransfer> transfers = [.. rows.SelectMany(row => row.Transfers!).Distinct()];
        int[][] index = [.. rows.Select(row => row.Transfers!.Select(transfer => transfers.IndexOf(transfer)).ToArray())];
        double passWeights = shape.Passes.Sum(pass => pass.Weight);
        var weights = new double[transfers.Count];
        foreach (int[] row in index)
            for (int v = 0; v < row.Length; v++) weights[row[v]] += shape.SampleWeights[v];
        return new([.. transfers.Select((transfer, j) => new ConverterCurve(transfer, transfer.Low * (passWeights * weights[j])))], index);
    }
}

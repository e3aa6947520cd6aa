namespace Ohmformer.Arrays;

/// <summary>The converters of one row group as tables over sums of 0 to 255 levels, and what their codes are added to.</summary>
internal sealed class ByteConversion
{
    private const int Lines = ByteSums.Lines, Sums = ByteSums.Codes, LargestSum = Sums - 1;

    private readonly ConverterCurves _curves;
    private readonly int[] _index;

    /// <summary>The tables of a group.</summary>
    /// <param name="curves">The converters of a matrix; <see cref="Fits"/>.</param>
    /// <param name="g">Group.</param>
    /// <param name="digits">What weights consist of.</param>
    public ByteConversion(ConverterCurves curves, int g, ByteDigits digits)
    {
        _curves = curves;
        _index = curves.Index[g];
        int lines = Math.Max(Lines, digits.Lines);
        IsShared = Array.TrueForAll(_index, curve => curve == _index[0]);
        Codes = new((IsShared ? 1 : lines) * Sums);
        for (int i = 0; i < Codes.Length; i++) Codes.Span[i] = (byte)curves.All[Curve(i / Sums % digits.Lines)].Transfer.Code(i % Sums);
        int largest = Codes.Span[LargestSum];
        IsClipping = IsShared;
        for (int sum = 0; sum < Sums; sum++) IsClipping &= Codes.Span[sum] == Math.Min(sum, largest);

        Run = Math.Min(Lines, digits.Lines);
        while (!Enumerable.Range(0, _index.Length).All(sample => _index[sample] == _index[sample / Run * Run])) Run /= 2;
        Accumulators = [.. Enumerable.Range(0, lines / Run).Select(i => i * Run / digits.Lines * curves.All.Length + Curve(i * Run % digits.Lines))];
    }

    /// <summary>Whether all samples have the same curve.</summary>
    public bool IsShared { get; }

    /// <summary>Whether the curve of all samples is code = min(sum, largest code).</summary>
    public bool IsClipping { get; }

    /// <summary>The codes of sums, 256 bytes for a shared curve, else for every line one after another.</summary>
    public AlignedBuffer<byte> Codes { get; }

    /// <summary>Neighboring lines with the same curve: 1, 2, 4 or 8.</summary>
    public int Run { get; }

    /// <summary>What every <see cref="Run"/> of a unit is added to: column of the unit times number of curves, plus the curve.</summary>
    public int[] Accumulators { get; }

    /// <summary>Whether the codes of a matrix fit bytes.</summary>
    public static bool Fits(ConverterCurves curves) => Array.TrueForAll(curves.All, curve => curve.Transfer.Code(LargestSum) <= byte.MaxValue);

    /// <summary>Whether a sum has the code of what a byte holds of it.</summary>
    public bool Holds(int sample, int sum)
    {
        var transfer = _curves.All[_index[sample]].Transfer;
        return sum <= LargestSum || transfer.Code(sum) == transfer.Code(LargestSum);
    }

    private int Curve(int line) => line < _index.Length ? _index[line] : _index[0];
}

using System.Numerics;

namespace Ohmformer.Arrays;

/// <summary>The cells of every weight of a macro, one byte per bit line, and what patterns of a few rows of them add up to.</summary>
internal sealed class ByteDigits
{
    private const int LinesPerWord = ByteSums.Lines, MostHalfRows = 3, Patterns = 256;

    private readonly ulong[] _words;
    private readonly int _smallest, _weights;

    /// <summary>The cells of a macro's weights.</summary>
    /// <param name="spec">The macro; it subtracts no currents.</param>
    public ByteDigits(MacroSpec spec)
    {
        var encoding = spec.WeightEncoding();
        int samples = spec.SamplesPerOutput;
        BitsPerCell = spec.BitsPerCell;
        HalfRows = Math.Min(MostHalfRows, 8 / BitsPerCell);
        Lines = samples < LinesPerWord ? (int)BitOperations.RoundUpToPowerOf2((uint)samples) : (samples + LinesPerWord - 1) / LinesPerWord * LinesPerWord;
        _smallest = encoding.Smallest;
        _weights = encoding.Largest - encoding.Smallest + 1;
        _words = new ulong[Words * _weights];
        for (int weight = encoding.Smallest; weight <= encoding.Largest; weight++)
            for (int sample = 0; sample < samples; sample++)
            {
                ulong digit = (ulong)encoding.Digit(weight, sample / spec.Polarities, sample % spec.Polarities);
                _words[sample / LinesPerWord * _weights + weight - _smallest] |= digit << (8 * (sample % LinesPerWord));
            }
        for (int i = 0; i < Subsets.Length; i++) Subsets.Span[i] = SubsetsOf(i);
    }

    /// <summary>Bits of a cell.</summary>
    public int BitsPerCell { get; }

    /// <summary>Rows that one byte describes, half of those of a table.</summary>
    public int HalfRows { get; }

    /// <summary>Rows of a table.</summary>
    public int TableRows => 2 * HalfRows;

    /// <summary>Bit lines of an output with empty ones up to a power of two, or a multiple of 8.</summary>
    public int Lines { get; }

    /// <summary>Words of 8 bytes that hold the cells of a weight.</summary>
    public int Words => Math.Max(1, Lines / LinesPerWord);

    /// <summary>The sums of the subsets of a pattern's cells, shape [256] of 8 bytes; the first row is the highest bit of a subset.</summary>
    public AlignedBuffer<ulong> Subsets { get; } = new(Patterns);

    /// <summary>The cells of a weight, one per byte.</summary>
    public ulong Word(int weight, int word) => _words[word * _weights + weight - _smallest];

    /// <summary>What to shift the cells of a row by in a pattern.</summary>
    public int Shift(int halfRow) => BitsPerCell * halfRow;

    private ulong SubsetsOf(int pattern)
    {
        ulong sums = 0;
        for (int subset = 0; subset < 1 << HalfRows; subset++)
        {
            int sum = 0;
            for (int row = 0; row < HalfRows; row++)
                if ((subset >> (HalfRows - 1 - row) & 1) != 0) sum += pattern >> Shift(row) & ((1 << BitsPerCell) - 1);
            sums |= (ulong)(byte)sum << (8 * subset);
        }
        return sums;
    }
}

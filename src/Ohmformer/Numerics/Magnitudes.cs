using Ohmformer.Files;

namespace Ohmformer.Numerics;

/// <summary>
/// The distribution of magnitudes of any number of values in little memory, the same in any order of adding. Magnitudes are
/// counted by their first 9 significant bits, rounded up.
/// </summary>
internal sealed class Magnitudes
{
    private const int DroppedBits = 15, PageBits = 8;

    private readonly long[]?[] _pages = new long[]?[1 << (31 - DroppedBits - PageBits)];
    private long _count;
    private float _largest;

    /// <summary>Counts values.</summary>
    /// <exception cref="InputException">A value is not a finite number.</exception>
    public void Add(ReadOnlySpan<float> values)
    {
        foreach (float value in values) Add(value);
    }

    /// <summary>Counts one value.</summary>
    /// <exception cref="InputException">The value is not a finite number.</exception>
    public void Add(float value)
    {
        float magnitude = MathF.Abs(value);
        if (!float.IsFinite(magnitude)) throw new InputException($"an operand of a matrix product contains {value}; all numbers must be finite. Check the model's weights and inputs.");
        uint bin = (BitConverter.SingleToUInt32Bits(magnitude) + (1 << DroppedBits) - 1) >> DroppedBits;
        (_pages[bin >> PageBits] ??= new long[1 << PageBits])[bin & ((1 << PageBits) - 1)]++;
        _count++;
        _largest = MathF.Max(_largest, magnitude);
    }

    /// <summary>Forgets all values.</summary>
    public void Clear()
    {
        foreach (long[]? page in _pages) page?.AsSpan().Clear();
        (_count, _largest) = (0, 0);
    }

    /// <summary>
    /// The smallest magnitude that at least a share of the magnitudes do not exceed (nearest rank), rounded up to 9 significant
    /// bits, but not above the largest; 0 without values.
    /// </summary>
    /// <param name="percentile">The share in percent, above 0 and up to 100.</param>
    public float Percentile(double percentile)
    {
        long wanted = (long)Math.Ceiling(_count * percentile / 100), seen = 0;
        for (int page = 0; page < _pages.Length; page++)
        {
            long[] bins = _pages[page] ?? [];
            for (int bin = 0; bin < bins.Length; bin++)
            {
                seen += bins[bin];
                if (seen >= wanted) return MathF.Min(_largest, BitConverter.UInt32BitsToSingle((uint)((page << PageBits) + bin) << DroppedBits));
            }
        }
        return _largest;
    }
}

using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Ohmformer.Numerics;

namespace Ohmformer.Arrays;

/// <summary>
/// What a freshly written cell holds in grid steps, for every level and draw: there are few of both, whatever the device's law.
/// </summary>
internal sealed unsafe class CellTable
{
    /// <summary>Above this the table outgrows the caches and what it costs to fill.</summary>
    private const int MaxLevels = 16;

    private const int Draws = 2 * Gaussian16.Largest + 1;

    private readonly CellCounts _cells;
    private readonly double _stepsPerCount;
    private readonly AlignedBuffer<short> _steps;

    private CellTable(CellCounts cells, double stepsPerCount)
    {
        _cells = cells;
        _stepsPerCount = stepsPerCount;
        _steps = new(cells.Levels * Draws);
    }

    /// <summary>Conductances in steps, where <see cref="Index"/> says; valid as long as this object is reachable.</summary>
    public short* Entries => _steps.Pointer;

    /// <summary>The table of cells on a grid; null when it would be large or a cell does not fit 16 bits.</summary>
    public static CellTable? Of(CellCounts cells, double stepsPerCount)
    {
        if (cells.Levels > MaxLevels) return null;
        var table = new CellTable(cells, stepsPerCount);
        var entries = table._steps.Span;
        for (int i = 0; i < entries.Length; i++)
        {
            double steps = cells.OnGrid(cells.Fresh(i / Draws, (short)(i % Draws - Gaussian16.Largest))) * stepsPerCount;
            if (!(steps <= short.MaxValue)) return null;
            entries[i] = (short)steps;
        }
        return table;
    }

    /// <summary>Where the entries of cells are.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> Index(Vector512<int> digits, Vector512<int> draws) => digits * Draws + draws + Vector512.Create(Gaussian16.Largest);

    /// <summary>Straight lines that give every entry of the table; null where there are none or the processor lacks the instructions.</summary>
    public LinearCells? Lines()
    {
        if (!LinearCells.IsSupported || _cells.Levels > LinearCells.MaxLevels) return null;
        Span<double> offsets = stackalloc double[LinearCells.MaxLevels], slopes = stackalloc double[LinearCells.MaxLevels];
        Span<short> limits = stackalloc short[Vector512<short>.Count];
        limits.Clear();
        for (int digit = 0; digit < _cells.Levels; digit++)
        {
            // One of the two sides may be cut off by a limit.
            const short Small = 512;
            double middle = _cells.Fresh(digit, 0), up = _cells.Fresh(digit, Small) - middle, down = middle - _cells.Fresh(digit, -Small);
            offsets[digit] = middle * _stepsPerCount + 0.5;
            slopes[digit] = (Math.Abs(up) > Math.Abs(down) ? up : down) * _stepsPerCount / Small;
            var column = _steps.Span.Slice(digit * Draws, Draws);
            short low = limits[digit] = TensorPrimitives.Min<short>(column), high = limits[LinearCells.MaxLevels + digit] = TensorPrimitives.Max<short>(column);
            for (int i = 0; i < Draws; i++)
            {
                double line = Math.FusedMultiplyAdd(slopes[digit], i - Gaussian16.Largest, offsets[digit]);
                if (Math.Clamp((int)line, low, high) != column[i]) return null;
            }
        }
        return new(Vector512.Create<double>(offsets), Vector512.Create<double>(slopes), Vector512.Create<short>(limits));
    }
}

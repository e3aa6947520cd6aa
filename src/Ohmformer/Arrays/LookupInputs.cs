using System.Runtime.Intrinsics;

namespace Ohmformer.Arrays;

/// <summary>What the tokens of a chunk drive into all groups of rows; shared by all columns.</summary>
internal sealed unsafe class LookupInputs
{
    private const int BlockLanes = LookupSums.Registers * LookupSums.Lanes;

    private AlignedBuffer<short> _indices = new(0), _spreads = new(0);
    private AlignedBuffer<byte> _bytes = new(0);
    private int[] _starts = [];

    /// <summary>Blocks of <see cref="LookupSums.Tokens"/> tokens.</summary>
    public int Blocks { get; private set; }

    /// <summary>Table indices of a group, shape [block, table, 2, 32].</summary>
    public short* Indices(int g) => _indices.Pointer + (long)Blocks * BlockLanes * _starts[g];

    /// <summary>Spreads of constant read noise, in eighths of a grid step, shape [register, 32].</summary>
    public short* Spreads(int g) => _spreads.Pointer + (long)Blocks * BlockLanes * g;

    /// <summary>Prepares a chunk.</summary>
    public void Fill(ProgrammedMatrix matrix, in MacroRead read, int start, int tokens)
    {
        int groups = matrix.Groups.Length, tables = 0;
        if (_starts.Length < groups) _starts = new int[groups];
        for (int g = 0; g < groups; g++)
        {
            _starts[g] = tables;
            tables += LookupSums.Tables(matrix.Groups[g].Rows);
        }
        Blocks = (tokens + LookupSums.Tokens - 1) / LookupSums.Tokens;
        _indices = LookupScratch.Enough(_indices, Blocks * BlockLanes * tables);
        _bytes = LookupScratch.Enough(_bytes, LookupSums.Tables(matrix.Spec.RowsPerRead) * ProgrammedMatrix.TableRows);
        bool spreads = matrix.ReadNoise > 0 && !matrix.ProportionalNoise;
        if (spreads) _spreads = LookupScratch.Enough(_spreads, Blocks * BlockLanes * groups);
        fixed (int* x = read.X)
            for (int g = 0; g < groups; g++)
            {
                var group = matrix.Groups[g];
                LookupSums.Index(x + (long)start * matrix.Inputs + group.Start, matrix.Inputs, group.Rows, tokens, _bytes.Pointer, (ushort*)Indices(g));
                if (spreads) FillSpreads(matrix, group, Indices(g), Spreads(g));
            }
    }

    private void FillSpreads(ProgrammedMatrix matrix, RowGroup group, short* indices, short* spreads)
    {
        LookupSums.CountDriven(indices, LookupSums.Tables(group.Rows), Blocks, (ushort*)spreads);
        var law = LookupKernel.SpreadLaw(matrix) with { Spreads = spreads };
        for (int i = 0; i < Blocks * BlockLanes; i += LookupSums.Lanes) law.Of(Vector512.LoadAligned((ushort*)spreads + i)).StoreAligned(spreads + i);
    }
}

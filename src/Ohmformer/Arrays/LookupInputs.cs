using System.Runtime.Intrinsics;

namespace Ohmformer.Arrays;

/// <summary>What the tokens of a chunk drive into all groups of rows; shared by all columns.</summary>
internal sealed unsafe class LookupInputs
{
    private const int BlockLanes = LookupSums.Registers * LookupSums.Lanes;

    private AlignedBuffer<short> _indices = new(0), _driven = new(0), _spreads = new(0);
    private AlignedBuffer<byte> _bytes = new(0);
    private AlignedBuffer<int> _coded = new(0);
    private int[] _starts = [];
    private bool _bipolar;

    /// <summary>Blocks of <see cref="LookupSums.Tokens"/> tokens.</summary>
    public int Blocks { get; private set; }

    /// <summary>Table indices of a group, shape [block, table, 2, 32].</summary>
    public short* Indices(int g) => _indices.Pointer + (long)Blocks * BlockLanes * _starts[g];

    /// <summary>Table indices of the bits that drive cells, whatever their sign; the same shape.</summary>
    public short* Driven(int g) => _bipolar ? _driven.Pointer + (long)Blocks * BlockLanes * _starts[g] : Indices(g);

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
        _bipolar = matrix.IsBipolar;
        _indices = LookupScratch.Enough(_indices, Blocks * BlockLanes * tables);
        _bytes = LookupScratch.Enough(_bytes, LookupSums.Tables(matrix.Spec.RowsPerRead) * ProgrammedMatrix.TableRows);
        fixed (int* inputs = read.X)
        {
            int* x = inputs + (long)start * matrix.Inputs;
            if (_bipolar) FillBipolar(matrix, x, tokens, tables);
            else FillIndices(matrix, x, tokens, _indices);
        }
        if (matrix.ReadNoise > 0 && !matrix.ProportionalNoise) FillSpreads(matrix);
    }

    private void FillIndices(ProgrammedMatrix matrix, int* x, int tokens, AlignedBuffer<short> indices)
    {
        for (int g = 0; g < matrix.Groups.Length; g++)
        {
            var group = matrix.Groups[g];
            LookupSums.Index(x + group.Start, matrix.Inputs, group.Rows, tokens, _bytes.Pointer, (ushort*)(indices.Pointer + (long)Blocks * BlockLanes * _starts[g]));
        }
    }

    private void FillBipolar(ProgrammedMatrix matrix, int* x, int tokens, int tables)
    {
        int count = tokens * matrix.Inputs;
        _coded = LookupScratch.Enough(_coded, count);
        LookupBipolar.Complement(x, count, _coded.Pointer);
        FillIndices(matrix, _coded.Pointer, tokens, _indices);
        if (matrix.ReadNoise == 0) return;
        _driven = LookupScratch.Enough(_driven, Blocks * BlockLanes * tables);
        LookupBipolar.Magnitude(x, count, _coded.Pointer);
        FillIndices(matrix, _coded.Pointer, tokens, _driven);
    }

    private void FillSpreads(ProgrammedMatrix matrix)
    {
        _spreads = LookupScratch.Enough(_spreads, Blocks * BlockLanes * matrix.Groups.Length);
        for (int g = 0; g < matrix.Groups.Length; g++)
        {
            short* spreads = Spreads(g);
            LookupSums.CountDriven(Driven(g), LookupSums.Tables(matrix.Groups[g].Rows), Blocks, (ushort*)spreads);
            var law = LookupKernel.SpreadLaw(matrix) with { Spreads = spreads };
            for (int i = 0; i < Blocks * BlockLanes; i += LookupSums.Lanes) law.Of(Vector512.LoadAligned((ushort*)spreads + i)).StoreAligned(spreads + i);
        }
    }
}

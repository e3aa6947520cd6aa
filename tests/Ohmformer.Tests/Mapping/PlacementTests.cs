using Ohmformer.Arrays;
using Ohmformer.Files;
using Ohmformer.Mapping;
using Ohmformer.Tests.Cost;

namespace Ohmformer.Tests.Mapping;

public sealed class PlacementTests
{
    private static readonly MacroSpec Macro = TestDesigns.IsaacLike.Weights;

    private static ProductShape Product(int tokens, int inputs, int outputs, int heads = 1, bool dynamic = false, bool probabilities = false) =>
        new(new("product", LayerClass.Mlp, 1), tokens, inputs, outputs, heads, dynamic, probabilities);

    [Theory]
    [InlineData(WeightEncodingKind.Differential, 8, 2, 4, 2)]
    [InlineData(WeightEncodingKind.Differential, 8, 1, 7, 2)]
    [InlineData(WeightEncodingKind.Differential, 8, 7, 1, 2)]
    [InlineData(WeightEncodingKind.Offset, 8, 2, 4, 1)]
    [InlineData(WeightEncodingKind.Offset, 8, 3, 3, 1)]
    [InlineData(WeightEncodingKind.TwosComplement, 8, 1, 8, 1)]
    [InlineData(WeightEncodingKind.TwosComplement, 5, 1, 5, 1)]
    public void Encodings_need_these_bit_lines(WeightEncodingKind encoding, int weightBits, int bitsPerCell, int slices, int polarities)
    {
        var macro = Macro with { Encoding = encoding, WeightBits = weightBits, BitsPerCell = bitsPerCell };
        Assert.Equal(slices, macro.Slices);
        Assert.Equal(polarities, macro.Polarities);
        Assert.Equal(slices * polarities, macro.SamplesPerOutput);
        Assert.Equal(slices, (macro with { Subtraction = Subtraction.Analog }).SamplesPerOutput);
    }

    [Theory]
    [InlineData(InputCoding.TwosComplement, 8, 1, false, 8, 1)]
    [InlineData(InputCoding.TwosComplement, 8, 3, false, 4, 1)] // bits 0-2, 3-5, 6, and the sign
    [InlineData(InputCoding.SignMagnitudeBipolar, 8, 1, false, 7, 1)]
    [InlineData(InputCoding.SignMagnitudeUnipolar, 8, 1, false, 7, 2)]
    [InlineData(InputCoding.SignMagnitudeUnipolar, 8, 2, false, 4, 2)]
    [InlineData(InputCoding.Unsigned, 8, 1, false, 8, 1)]
    [InlineData(InputCoding.SignMagnitudeUnipolar, 8, 1, true, 8, 1)]
    [InlineData(InputCoding.TwosComplement, 1, 1, false, 1, 1)]
    public void Codings_need_these_reads(InputCoding coding, int bits, int perCycle, bool probabilities, int planes, int phases)
    {
        var placement = new Placement(
            Product(1, 4, 4, probabilities: probabilities), Macro with { InputCoding = coding, InputBits = bits, InputBitsPerCycle = perCycle }, 1);
        Assert.Equal(planes, placement.InputPlanes);
        Assert.Equal(phases, placement.InputPhases);
    }

    [Fact]
    public void A_magnitude_without_bits_is_rejected()
    {
        var macro = Macro with { InputCoding = InputCoding.SignMagnitudeBipolar, InputBits = 1 };
        var error = Assert.Throws<InputException>(() => new Placement(Product(1, 4, 4), macro, 1));
        Assert.Equal("product: sign-magnitude inputs of 1 bit have no magnitude; set inputBits to at least 2.", error.Message);
    }

    [Fact]
    public void Counts_of_a_small_product_by_hand()
    {
        // 10 x 5 on 4 x 8 crossbars: row tiles of 4, 4, 2; 4 bit lines (2 slices, 2 polarities) per output, 20 in 3 column tiles.
        var macro = Macro with { Rows = 4, Columns = 8, ActiveRows = 3, WeightBits = 4, BitsPerCell = 2, InputBits = 4 };
        var placement = new Placement(Product(tokens: 7, inputs: 10, outputs: 5, heads: 2, dynamic: true), macro, crossbarsPerTile: 4);

        Assert.Equal(3, placement.RowTiles);
        Assert.Equal(5, placement.RowGroups); // 3+1, 3+1, 2
        Assert.Equal(3, placement.ColumnTiles);
        Assert.Equal(18, placement.Crossbars);
        Assert.Equal(5, placement.Tiles);
        Assert.Equal(8, placement.CyclesPerVector); // 2 groups x 4 planes
        Assert.Equal(400, placement.Cells);
        Assert.Equal(400.0 / (18 * 4 * 8), placement.Utilization, 1e-15);

        const int Vectors = 14, Planes = 4;
        var reads = placement.Reads;
        Assert.Equal(Vectors * Planes * 5 * 3, reads.ArrayReads);
        Assert.Equal(Vectors * Planes * 10 * 3, reads.DacEvents);
        Assert.Equal(Vectors * Planes * 10 * 20, reads.CellReads);
        Assert.Equal(Vectors * Planes * 5 * 20, reads.AdcEvents);
        Assert.Equal(Vectors * Planes * 5 * 20, reads.ShiftAdds);
        Assert.Equal(Vectors * (10 * 3 + 5), reads.BufferBytes);
        Assert.Equal(Vectors * (10 * 3 + 5 * 1 * 4), reads.LinkBytes); // 9 crossbars of a head fill 3 tiles; 3 row tiles share one
        Assert.Equal(0, reads.RowWrites);

        var writes = placement.Writes;
        Assert.Equal(2 * 10 * 3, writes.RowWrites);
        Assert.Equal(400, writes.CellWrites);
        Assert.Equal(2 * 10 * 5, writes.BufferBytes);
        Assert.Equal(reads + writes, placement.Inference);
    }

    [Fact]
    public void Static_weights_are_not_written_by_an_inference()
    {
        var placement = new Placement(Product(3, 200, 100), Macro, 96);
        Assert.Equal(placement.Reads, placement.Inference);
        Assert.Equal(200L * 100 * 8, placement.Writes.CellWrites);
    }

    [Fact]
    public void Without_a_converter_nothing_is_converted()
    {
        var with = new Placement(Product(3, 20, 10), Macro, 96).Reads;
        var without = new Placement(Product(3, 20, 10), Macro with { Adc = null }, 96).Reads;
        Assert.Equal(with with { AdcEvents = 0 }, without);
    }

    [Fact]
    public void Separate_slices_fill_crossbars_of_their_own()
    {
        // K transposed of one DeiT-S head, 64 x 197, on 64 x 64: adjacent slices pack 788 columns, separate slices do not.
        var macro = Macro with { Rows = 64, Columns = 64, Encoding = WeightEncodingKind.Offset };
        Assert.Equal(13, new Placement(Product(1, 64, 197), macro, 1).Crossbars);
        var separate = macro with { SliceLayout = SliceLayout.Separate };
        Assert.Equal(16, new Placement(Product(1, 64, 197), separate, 1).Crossbars);

        // A differential pair is one column of two bit lines there: as many crossbars, each with twice the cells.
        var pairs = separate with { Encoding = WeightEncodingKind.Differential };
        var placement = new Placement(Product(1, 64, 197), pairs, 1);
        Assert.Equal(16, placement.Crossbars);
        Assert.Equal(128, pairs.BitLines);
        Assert.Equal(197.0 / 256, placement.Utilization, 1e-15);
    }

    [Fact]
    public void A_full_crossbar_is_fully_used()
    {
        var placement = new Placement(Product(1, 256, 32), Macro, 96);
        Assert.Equal(1.0, placement.Utilization);
        Assert.Equal(1, new Placement(Product(1, 1, 1), Macro, 96).Crossbars);
        Assert.Equal(4, new Placement(Product(1, 129, 17), Macro, 96).Crossbars);
    }

    /// <summary>Walks through every crossbar, group and read of random products and counts one by one.</summary>
    [Fact]
    public void Closed_form_equals_a_walk_through_every_read()
    {
        var random = new Random(20260101);
        for (int i = 0; i < 300; i++)
        {
            var (product, macro) = RandomCase.Draw(random);
            Assert.Equal(Walk(product, macro), RandomCase.ArrayCounts(new Placement(product, macro, 4).Inference));
        }
    }

    private static ActivityCounts Walk(ProductShape product, MacroSpec macro)
    {
        // The bit lines of each crossbar side by side; a separate slice has its own crossbars.
        var lines = new List<int>();
        var arrays = macro.SliceLayout == SliceLayout.Separate
            ? Enumerable.Repeat(product.Outputs * macro.Polarities, macro.Slices)
            : [product.Outputs * macro.BitLinesPerOutput];
        foreach (int array in arrays)
            for (int c = 0; c < array; c += macro.BitLines) lines.Add(Math.Min(macro.BitLines, array - c));

        var coding = product.Probabilities ? InputCoding.Unsigned : macro.InputCoding;
        int passes = coding == InputCoding.TwosComplement ? 1 : 0; // its sign bit
        for (int bit = 0; bit < macro.InputBits - (coding == InputCoding.Unsigned ? 0 : 1); bit += macro.InputBitsPerCycle)
            passes += coding == InputCoding.SignMagnitudeUnipolar ? 2 : 1;
        long reads = 0, lineEvents = 0, cells = 0, samples = 0, rowWrites = 0, cellWrites = 0;
        for (int tile = 0; tile < product.Inputs; tile += macro.Rows)
        {
            int rows = Math.Min(macro.Rows, product.Inputs - tile);
            foreach (int used in lines)
            {
                if (product.Dynamic) (rowWrites, cellWrites) = (rowWrites + rows, cellWrites + rows * used);
                for (int group = 0; group < rows; group += macro.ActiveRows ?? macro.Rows)
                    for (int pass = 0; pass < passes; pass++)
                    {
                        int active = Math.Min(Math.Min(macro.ActiveRows ?? macro.Rows, macro.Rows), rows - group);
                        (reads, lineEvents, cells, samples) = (reads + 1, lineEvents + active, cells + active * used, samples + used);
                    }
            }
        }

        if (macro.Encoding == WeightEncodingKind.Differential && macro.Subtraction == Subtraction.Analog) samples /= 2;
        int vectors = product.Tokens * product.Heads;
        return new()
        {
            ArrayReads = reads * vectors,
            DacEvents = lineEvents * vectors,
            CellReads = cells * vectors,
            AdcEvents = macro.Adc is null ? 0 : samples * vectors,
            ShiftAdds = samples * vectors,
            RowWrites = rowWrites * product.Heads,
            CellWrites = cellWrites * product.Heads,
        };
    }
}

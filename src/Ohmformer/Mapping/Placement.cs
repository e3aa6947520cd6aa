using Ohmformer.Arrays;
using Ohmformer.Files;

namespace Ohmformer.Mapping;

/// <summary>
/// Where one matrix product lies on its macros and how often each component acts: the closed form that the simulator's own
/// counts must equal. docs/theory/cost-model.md defines every count.
/// </summary>
public sealed class Placement
{
    private const int PartialSumBytes = 4;

    private readonly MacroSpec _macro;
    private readonly int _crossbarsPerTile;

    /// <summary>Places a product.</summary>
    /// <param name="product">Sizes of the product: per head [Tokens, Inputs] times [Inputs, Outputs].</param>
    /// <param name="macro">The macro that holds the programmed operand.</param>
    /// <param name="crossbarsPerTile">Crossbars in one tile; a tile holds crossbars of one product only.</param>
    /// <exception cref="InputException">The macro cannot code the product's inputs.</exception>
    public Placement(ProductShape product, MacroSpec macro, int crossbarsPerTile)
    {
        Product = product;
        _macro = macro;
        _crossbarsPerTile = crossbarsPerTile;
        InputPlanes = macro.InputPlanes(product.Probabilities);
        InputPhases = macro.InputPhases(product.Probabilities);
        if (InputPlanes < 1)
        {
            throw new InputException($"{product.Site.Name}: sign-magnitude inputs of {macro.InputBits} bit have no magnitude; set inputBits to at least 2.");
        }

        int fullTiles = product.Inputs / macro.Rows, lastRows = product.Inputs % macro.Rows;
        RowTiles = fullTiles + (lastRows > 0 ? 1 : 0);
        RowGroups = fullTiles * Ceiling(macro.Rows, macro.RowsPerRead) + Ceiling(lastRows, macro.RowsPerRead);
        ColumnTiles = macro.ColumnTiles(product.Outputs);
        Crossbars = RowTiles * ColumnTiles * product.Heads;
        Tiles = Ceiling(Crossbars, crossbarsPerTile);
        PartialSums = Ceiling(RowTiles, crossbarsPerTile);
    }

    /// <summary>The placed product.</summary>
    public ProductShape Product { get; }

    /// <summary>Row tiles: the inner size cut into pieces of one crossbar's rows.</summary>
    public int RowTiles { get; }

    /// <summary>Groups of word lines read one after the other, summed over the row tiles.</summary>
    public int RowGroups { get; }

    /// <summary>Crossbars side by side per row tile.</summary>
    public int ColumnTiles { get; }

    /// <summary>Crossbars of all heads.</summary>
    public int Crossbars { get; }

    /// <summary>Tiles of all heads; the last one may be partly empty.</summary>
    public int Tiles { get; }

    /// <summary>Input planes per vector.</summary>
    public int InputPlanes { get; }

    /// <summary>Reads per plane.</summary>
    public int InputPhases { get; }

    /// <summary>
    /// Partial sums per output that leave tiles: the row tiles of a column tile share a tile as far as they fit, and each tile
    /// adds up its own.
    /// </summary>
    public int PartialSums { get; }

    /// <summary>Bit lines in use, per head.</summary>
    public long BitLines => (long)Product.Outputs * _macro.BitLinesPerOutput;

    /// <summary>Cells in use, all heads.</summary>
    public long Cells => Product.Inputs * BitLines * Product.Heads;

    /// <summary>Cells in use as a share of the cells of the crossbars in use.</summary>
    public double Utilization => Crossbars == 0 ? 0 : (double)Cells / ((double)Crossbars * _macro.Rows * _macro.BitLines);

    /// <summary>Reads of a crossbar one after the other for one vector: row groups of a full tile, planes and phases.</summary>
    public int CyclesPerVector => Ceiling(Math.Min(Product.Inputs, _macro.Rows), _macro.RowsPerRead) * InputPlanes * InputPhases;

    /// <summary>Activity of driving all vectors of one inference through all heads.</summary>
    public ActivityCounts Reads
    {
        get
        {
            long readsPerGroup = (long)InputPlanes * InputPhases;
            long samples = RowGroups * readsPerGroup * Product.Outputs * _macro.SamplesPerOutput;
            long inputBytes = Product.Inputs * Bytes(_macro.InputBits), outputs = Product.Outputs;
            int tilesPerHead = Ceiling(RowTiles * ColumnTiles, _crossbarsPerTile);
            var vector = new ActivityCounts
            {
                ArrayReads = RowGroups * readsPerGroup * ColumnTiles,
                DacEvents = Product.Inputs * readsPerGroup * ColumnTiles,
                CellReads = Product.Inputs * readsPerGroup * BitLines,
                AdcEvents = _macro.Adc is null ? 0 : samples,
                ShiftAdds = samples,
                BufferBytes = inputBytes * ColumnTiles + outputs * Bytes(_macro.InputBits),
                LinkBytes = inputBytes * tilesPerHead + outputs * PartialSums * PartialSumBytes,
            };
            return vector * Product.Tokens * Product.Heads;
        }
    }

    /// <summary>Activity of programming the operand once, all heads: at the start for weights, per inference when dynamic.</summary>
    public ActivityCounts Writes
    {
        get
        {
            long operandBytes = (long)Product.Inputs * Product.Outputs * Product.Heads * Bytes(_macro.WeightBits);
            return new()
            {
                RowWrites = (long)Product.Inputs * ColumnTiles * Product.Heads,
                CellWrites = Cells,
                BufferBytes = operandBytes,
                LinkBytes = operandBytes,
            };
        }
    }

    /// <summary>Activity of one inference: the reads, and the writes of a dynamic operand.</summary>
    public ActivityCounts Inference => Product.Dynamic ? Reads + Writes : Reads;

    private static long Bytes(int bits) => Ceiling(bits, 8);

    private static int Ceiling(int a, int b) => (a + b - 1) / b;
}

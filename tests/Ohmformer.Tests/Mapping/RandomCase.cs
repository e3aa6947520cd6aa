using Ohmformer.Arrays;
using Ohmformer.Mapping;

namespace Ohmformer.Tests.Mapping;

/// <summary>Small random products on small random macros.</summary>
internal static class RandomCase
{
    public static (ProductShape Product, MacroSpec Macro) Draw(Random random)
    {
        var encoding = (WeightEncodingKind)random.Next(3);
        int rows = random.Next(1, 9);
        var macro = Specs.Macro(rows: rows, adc: random.Next(4) == 0 ? null : Specs.Adc(6)) with
        {
            Columns = random.Next(1, 9),
            ActiveRows = random.Next(3) == 0 ? null : random.Next(1, rows + 1),
            Encoding = encoding,
            WeightBits = random.Next(2, 9),
            BitsPerCell = encoding == WeightEncodingKind.TwosComplement ? 1 : random.Next(1, 4),
            Subtraction = (Subtraction)random.Next(2),
            InputBits = random.Next(3, 9),
            InputBitsPerCycle = random.Next(1, 4),
            InputCoding = (InputCoding)random.Next(4),
            SliceLayout = (SliceLayout)random.Next(2),
        };
        ProductShape product = new(
            new("product", LayerClass.Mlp, 1), random.Next(1, 3), random.Next(1, 20), random.Next(1, 12), random.Next(1, 3), random.Next(2) == 0, random.Next(2) == 0);
        return (product, macro);
    }

    /// <summary>The counts that belong to arrays, without bytes.</summary>
    public static ActivityCounts ArrayCounts(ActivityCounts counts) => counts with { BufferBytes = 0, LinkBytes = 0 };
}

using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Ohmformer.Arrays;

/// <summary>The converters of 8 bit lines whose sums are whole levels.</summary>
internal interface IByteConverter
{
    /// <summary>The codes of 64 sums of a bit line.</summary>
    Vector512<byte> Codes(Vector512<byte> sums, int line);
}

/// <summary>Steps of one count from zero: code = min(sum, largest).</summary>
/// <param name="largest">Largest code, in all lanes.</param>
internal readonly struct ClippingConverter(Vector512<byte> largest) : IByteConverter
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<byte> Codes(Vector512<byte> sums, int line) => Vector512.Min(sums, largest);
}

/// <summary>Any transfer curve: a table of the codes of all sums.</summary>
/// <param name="codes">Codes of the first line, 256 bytes.</param>
/// <param name="stride">Distance between the tables of two lines; 0 if all share one.</param>
internal readonly unsafe struct TabulatedConverter(byte* codes, int stride) : IByteConverter
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<byte> Codes(Vector512<byte> sums, int line)
    {
        byte* table = codes + line * stride;
        var low = Avx512Vbmi.PermuteVar64x8x2(Vector512.LoadAligned(table), sums, Vector512.LoadAligned(table + 64));
        var high = Avx512Vbmi.PermuteVar64x8x2(Vector512.LoadAligned(table + 128), sums, Vector512.LoadAligned(table + 192));
        return Avx512BW.BlendVariable(low, high, sums);
    }
}

/// <summary>The complements of some codes.</summary>
/// <param name="converter">The codes.</param>
/// <param name="mask">255 in lanes whose complement is wanted, else 0.</param>
internal readonly struct ComplementingConverter<TConverter>(TConverter converter, Vector512<byte> mask) : IByteConverter
    where TConverter : struct, IByteConverter
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Vector512<byte> Codes(Vector512<byte> sums, int line) => converter.Codes(sums, line) ^ mask;
}

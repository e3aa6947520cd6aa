using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using System.Text;

namespace Ohmformer.Lab.Benchmarks;

/// <summary>The processor that figures were measured on.</summary>
internal static class Processor
{
    private const int FirstNameLeaf = unchecked((int)0x80000002), NameLeaves = 3;

    /// <summary>What the processor calls itself (CPUID leaves 80000002h to 80000004h), or else its architecture.</summary>
    public static string Name { get; } = X86Base.IsSupported && BrandString() is { Length: > 0 } name ? name : RuntimeInformation.ProcessArchitecture.ToString();

    private static string BrandString()
    {
        var registers = new List<int>();
        for (int leaf = 0; leaf < NameLeaves; leaf++)
        {
            var (a, b, c, d) = X86Base.CpuId(FirstNameLeaf + leaf, 0);
            registers.AddRange([a, b, c, d]);
        }
        return Encoding.ASCII.GetString(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(registers))).TrimEnd('\0').Trim();
    }
}

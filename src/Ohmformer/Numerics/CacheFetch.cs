using System.Runtime.Intrinsics.X86;

namespace Ohmformer.Numerics;

/// <summary>Asks for memory before it is used in an order that the processor does not foresee.</summary>
internal static unsafe class CacheFetch
{
    private const int LineFloats = 16;

    /// <summary>Starts to load values into the caches, without waiting for them; no effect where the processor has no such instruction.</summary>
    /// <param name="values">Any length.</param>
    public static void Start(ReadOnlySpan<float> values)
    {
        if (!Sse.IsSupported) return;
        fixed (float* first = values)
            for (int i = 0; i < values.Length; i += LineFloats) Sse.Prefetch0(first + i);
    }
}

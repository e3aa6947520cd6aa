namespace Ohmformer.Tests;

/// <summary>What code allocates on the managed heap.</summary>
internal static class Allocations
{
    private const int Calls = 5;

    /// <summary>
    /// The fewest bytes that one of a few calls allocates on this thread: first calls fill pools, and the runtime allocates for itself
    /// while it compiles.
    /// </summary>
    public static long Of(Action action)
    {
        long fewest = long.MaxValue;
        for (int call = 0; call < Calls; call++)
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            action();
            fewest = Math.Min(fewest, GC.GetAllocatedBytesForCurrentThread() - before);
        }
        return fewest;
    }
}

using System.Diagnostics;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Ohmformer.Benchmarks;

/// <summary>The frequency of the core.</summary>
internal static class Clock
{
    private const int Turns = 1 << 22, CyclesPerTurn = 2, Rounds = 9;

    /// <summary>Cycles per second, from a chain of operations that take one cycle each; the best of some rounds.</summary>
    public static double Frequency()
    {
        double best = 0;
        for (int round = 0; round < Rounds; round++)
        {
            long start = Stopwatch.GetTimestamp();
            GC.KeepAlive(Chain(Turns));
            best = Math.Max(best, Turns * (double)CyclesPerTurn / Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
        return best;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static uint Chain(int turns)
    {
        uint x = 1;
        for (int i = 0; i < turns; i++) x = BitOperations.RotateLeft(x, 1) ^ (uint)i;
        return x;
    }
}

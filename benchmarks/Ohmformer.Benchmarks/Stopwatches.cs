using System.Diagnostics;

namespace Ohmformer.Benchmarks;

/// <summary>Timing on a machine that does other work too.</summary>
internal static class Stopwatches
{
    /// <summary>
    /// The shortest time of each action in seconds, from rounds in which all actions run in turn, so that a busy moment
    /// touches all of them and the minimum none.
    /// </summary>
    public static double[] Shortest(int rounds, params Action[] actions)
    {
        foreach (var action in actions) action();
        var best = new double[actions.Length];
        Array.Fill(best, double.PositiveInfinity);
        for (int round = 0; round < rounds; round++)
            for (int i = 0; i < actions.Length; i++)
            {
                long start = Stopwatch.GetTimestamp();
                actions[i]();
                best[i] = Math.Min(best[i], Stopwatch.GetElapsedTime(start).TotalSeconds);
            }
        return best;
    }
}

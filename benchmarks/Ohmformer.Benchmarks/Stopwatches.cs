using Ohmformer.Lab.Benchmarks;

namespace Ohmformer.Benchmarks;

/// <summary>The measurement of <c>ohmformer bench</c> for single kernels.</summary>
internal static class Stopwatches
{
    /// <summary>The shortest time of each action in seconds, from rounds in which all actions run in turn.</summary>
    public static double[] Shortest(int rounds, params Action[] actions) =>
        [.. new Rounds(rounds, TimeSpan.MaxValue).Run(actions, _ => { }).Select(timing => timing.Best)];
}

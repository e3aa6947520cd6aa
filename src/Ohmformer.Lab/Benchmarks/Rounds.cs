namespace Ohmformer.Lab.Benchmarks;

/// <summary>The time of an action over several rounds.</summary>
/// <param name="Best">Shortest time in seconds.</param>
/// <param name="Median">Median time in seconds.</param>
internal readonly record struct Timing(double Best, double Median)
{
    /// <summary>By how much the median exceeds the best: how busy the machine was.</summary>
    public double Spread => Median / Best - 1;
}

/// <summary>Timing on a machine that does other work too.</summary>
/// <param name="Most">Rounds, if time allows.</param>
/// <param name="Budget">Time after which no new round begins.</param>
internal sealed record Rounds(int Most, TimeSpan Budget)
{
    private const int Fewest = 2;

    /// <summary>The clock.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>
    /// Times actions in rounds in which all of them run in turn, so that a busy moment touches all of them and the shortest
    /// time none. A first round of all is not timed.
    /// </summary>
    /// <param name="actions">What is timed.</param>
    /// <param name="finished">Is told the number of rounds that are done; may throw to stop.</param>
    public Timing[] Run(IReadOnlyList<Action> actions, Action<int> finished)
    {
        long begin = Clock.GetTimestamp();
        List<double>[] seconds = [.. actions.Select(_ => new List<double>())];
        foreach (var action in actions) action();
        for (int round = 0; round < Most && (round < Fewest || Clock.GetElapsedTime(begin) < Budget); round++)
        {
            for (int i = 0; i < actions.Count; i++)
            {
                long start = Clock.GetTimestamp();
                actions[i]();
                seconds[i].Add(Clock.GetElapsedTime(start).TotalSeconds);
            }
            finished(round + 1);
        }
        foreach (var list in seconds) list.Sort();
        return [.. seconds.Select(list => new Timing(list[0], list[list.Count / 2]))];
    }
}

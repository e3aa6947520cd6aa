using Ohmformer.Files;
using Ohmformer.Models;

namespace Ohmformer.Techniques.Trex;

/// <summary>How the encoders of a uniform pattern follow each other (TReX, arXiv:2408.12742).</summary>
public enum ReusePatternKind
{
    /// <summary>Neighbors.</summary>
    Continuous,

    /// <summary>The same step of at least 2 between all.</summary>
    Strided,

    /// <summary>Strided, then two neighbors, then strided with the same step; at least one encoder before and behind the neighbors.</summary>
    Pyramid,
}

/// <summary>One of the uniform patterns that TReX searches instead of all subsets of encoders.</summary>
/// <param name="Kind">How the encoders follow each other.</param>
/// <param name="Step">Distance between them: 1 for continuous patterns; that outside the pair of neighbors for pyramids.</param>
/// <param name="Encoders">Encoders that reuse attention, in ascending order; encoder 0 never does.</param>
public sealed record ReusePattern(ReusePatternKind Kind, int Step, IReadOnlyList<int> Encoders)
{
    /// <summary>The pattern as the network's description takes it.</summary>
    public AttentionReuse Reuse => new(Encoders);

    /// <summary>All uniform patterns, continuous ones first: 11 for 9 encoders with 4 reuses, 20 for 12 with 5.</summary>
    /// <param name="layers">Encoders of the network.</param>
    /// <param name="reuses">Encoders that reuse attention, N_reuse.</param>
    /// <exception cref="InputException">There are not 1 to <paramref name="layers"/> - 1 reuses.</exception>
    public static IReadOnlyList<ReusePattern> All(int layers, int reuses)
    {
        if (reuses < 1 || reuses >= layers)
            throw new InputException($"{reuses} of {layers} encoders cannot reuse attention: encoder 0 computes it. Choose {(layers > 2 ? $"1 to {layers - 1}" : layers == 2 ? "1" : "a network of at least 2 encoders")}.");
        return [.. Continuous(layers, reuses), .. Strided(layers, reuses), .. Pyramids(layers, reuses)];
    }

    /// <summary>Subsets of encoders of that size, which the search without uniform patterns would train: layers - 1 over reuses.</summary>
    /// <param name="layers">Encoders of the network.</param>
    /// <param name="reuses">Encoders that reuse attention.</param>
    public static double Subsets(int layers, int reuses) =>
        Math.Round(Enumerable.Range(1, reuses).Aggregate(1.0, (count, i) => count * (layers - 1 - reuses + i) / i));

    /// <inheritdoc/>
    public override string ToString() => $"{Kind.ToString().ToLowerInvariant()}{(Step > 1 ? $" by {Step}" : "")}: {string.Join(", ", Encoders)}";

    private static IEnumerable<ReusePattern> Continuous(int layers, int reuses) => Starts(layers, [.. Enumerable.Range(0, reuses)], ReusePatternKind.Continuous, 1);

    private static IEnumerable<ReusePattern> Strided(int layers, int reuses) => reuses < 2 ? [] :
        from step in Enumerable.Range(2, Math.Max(0, layers - 2))
        from pattern in Starts(layers, [.. Enumerable.Range(0, reuses).Select(i => i * step)], ReusePatternKind.Strided, step)
        select pattern;

    /// <summary>Every way to put at least one of the encoders besides the pair before it and at least one behind it.</summary>
    private static IEnumerable<ReusePattern> Pyramids(int layers, int reuses) =>
        from before in Enumerable.Range(1, Math.Max(0, reuses - 3))
        from step in Enumerable.Range(2, Math.Max(0, layers - 2))
        from pattern in Starts(layers, [.. Enumerable.Range(0, reuses).Select(i => i <= before ? i * step : (i - 1) * step + 1)], ReusePatternKind.Pyramid, step)
        select pattern;

    /// <summary>A pattern from every first encoder from 1 on at which it fits.</summary>
    private static IEnumerable<ReusePattern> Starts(int layers, int[] offsets, ReusePatternKind kind, int step) =>
        from first in Enumerable.Range(1, Math.Max(0, layers - 1 - offsets[^1]))
        select new ReusePattern(kind, step, [.. offsets.Select(offset => first + offset)]);
}

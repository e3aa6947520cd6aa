using Ohmformer.Files;
using Ohmformer.Lab.Designs;

namespace Ohmformer.Lab.Runs;

/// <summary>A parameter of designs and the values that it takes one after the other.</summary>
/// <param name="Key">Path of the parameter in a design file, such as "attention.device.writeNoiseFactor".</param>
/// <param name="Values">The values as they would stand in a design file, all different, one at least.</param>
public sealed record DesignSweep(string Key, IReadOnlyList<string> Values)
{
    /// <summary>Reads "KEY=V1,V2,...".</summary>
    /// <exception cref="InputException">The text has another form, or names a value twice.</exception>
    public static DesignSweep Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string[] sides = text.Split('=', 2, StringSplitOptions.TrimEntries);
        string[] values = sides.Length < 2 ? [] : sides[1].Split(',', StringSplitOptions.TrimEntries);
        if (sides[0].Length == 0 || values.Length == 0 || values.Contains(""))
            throw new InputException($"--sweep {text}: write the path of a key in the design, '=' and values with commas between them, for example attention.device.writeNoiseFactor=3,4,5.");
        string? twice = values.GroupBy(v => v).FirstOrDefault(g => g.Count() > 1)?.Key;
        return twice is null ? new(sides[0], values) : throw new InputException($"--sweep {text}: has the value {Wording.Quote(twice)} twice; remove one.");
    }

    /// <summary>Every combination of the values, the last sweep changing first; one without settings where there is no sweep.</summary>
    public static IReadOnlyList<IReadOnlyList<DesignSetting>> Grid(IEnumerable<DesignSweep> sweeps)
    {
        ArgumentNullException.ThrowIfNull(sweeps);
        IEnumerable<IReadOnlyList<DesignSetting>> grid = [[]];
        foreach (var sweep in sweeps)
            grid = grid.SelectMany(settings => sweep.Values.Select(value => (IReadOnlyList<DesignSetting>)[.. settings, new(sweep.Key, value)]));
        return [.. grid];
    }
}

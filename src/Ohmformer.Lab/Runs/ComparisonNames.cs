namespace Ohmformer.Lab.Runs;

/// <summary>What tells the results of a comparison apart: models, designs, values of swept keys, each where there are several.</summary>
public sealed class ComparisonNames
{
    private readonly bool _models, _designs;

    private ComparisonNames(IReadOnlyList<EvaluationResult> results)
    {
        Keys = [.. results.SelectMany(r => r.Settings.Select(s => s.Key)).Distinct()];
        _models = results.DistinctBy(r => r.Model).Skip(1).Any();
        _designs = results.DistinctBy(r => r.Design).Skip(1).Any() || (!_models && Keys.Count == 0);
        Columns = [.. _models ? ["model"] : (string[])[], .. _designs ? ["design"] : (string[])[], .. Keys.Select(Short)];
    }

    /// <summary>The swept keys.</summary>
    public IReadOnlyList<string> Keys { get; }

    /// <summary>Headers of the cells that tell results apart.</summary>
    public IReadOnlyList<string> Columns { get; }

    /// <summary>The names of a comparison's results.</summary>
    /// <param name="results">All of them, one at least.</param>
    public static ComparisonNames Of(IReadOnlyList<EvaluationResult> results) => new(results);

    /// <summary>The cells of a result, in the order of <see cref="Columns"/>.</summary>
    public IReadOnlyList<string> Cells(EvaluationResult result)
    {
        ArgumentNullException.ThrowIfNull(result);
        return [.. Named(result), .. Keys.Select(key => ValueOf(result, key))];
    }

    /// <summary>Model and design of a result, where they tell it apart, and the values of its keys without one of them.</summary>
    public string Line(EvaluationResult result, string? without = null)
    {
        ArgumentNullException.ThrowIfNull(result);
        string name = string.Join(", ", [.. Named(result), .. Keys.Where(k => k != without).Select(k => Setting(k, ValueOf(result, k)))]);
        return name.Length > 0 ? name : result.Design;
    }

    /// <summary>A key's last part, or all of it where two swept keys end alike.</summary>
    public string Short(string key) => Keys.Count(k => Last(k) == Last(key)) > 1 ? key : Last(key);

    /// <summary>A key with a value, for people.</summary>
    public string Setting(string key, string value) => $"{Short(key)} {value}";

    /// <summary>The value that a key has in a result.</summary>
    public static string ValueOf(EvaluationResult result, string key)
    {
        ArgumentNullException.ThrowIfNull(result);
        return result.Settings.First(s => s.Key == key).Value;
    }

    private IEnumerable<string> Named(EvaluationResult result) => [.. _models ? [ModelSource.ShortName(result.Model)] : (string[])[], .. _designs ? [result.Design] : (string[])[]];

    private static string Last(string key) => key[(key.LastIndexOf('.') + 1)..];
}

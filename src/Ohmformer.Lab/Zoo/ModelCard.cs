using Ohmformer.Files;
using Ohmformer.Lab.Designs;

namespace Ohmformer.Lab.Zoo;

/// <summary>
/// What a model's README.md tells programs: its front matter, in the style of Hugging Face's model cards. docs/guide/models.md describes the form.
/// </summary>
public sealed record ModelCard
{
    /// <summary>The file of a model's folder that holds the card.</summary>
    public const string FileName = "README.md";

    private const string Fence = "---", OwnKey = "ohmformer", LicenseKey = "license", DatasetsKey = "datasets";
    private const int MostLines = 2000, LongestLine = 1 << 16;

    /// <summary>The license of the model; null when the card names none.</summary>
    public string? License { get; init; }

    /// <summary>Names of the data sets that the model was trained on.</summary>
    public IReadOnlyList<string> Datasets { get; init; } = [];

    /// <summary>How the model is evaluated, and with what result.</summary>
    public required CardEvaluation Evaluation { get; init; }

    /// <summary>Reads the card of a model.</summary>
    /// <param name="folder">The model's folder.</param>
    /// <returns>Null where there is no README.md, or its front matter has no key "ohmformer", as in cards made for other programs.</returns>
    /// <exception cref="InputException">The card is wrong. The message has one line "file(line,col): what, allowed, nearest" for each problem.</exception>
    public static ModelCard? Find(string folder)
    {
        string path = Path.Combine(folder, FileName);
        if (!File.Exists(path) || FrontMatter(path) is not { } text) return null;
        var problems = new Problems();
        var root = YamlText.Read(new(Path.GetFullPath(path), path), text, problems) as YamlMapping;
        problems.ThrowIfAny();
        if (root?.Find(OwnKey) is not { } own) return null;
        var evaluation = new SpecBinder(Catalog.Shipped, problems).Bind(own.Value, typeof(CardEvaluation), $"'{OwnKey}'") as CardEvaluation;
        string[] license = Texts(root, LicenseKey, problems), datasets = Texts(root, DatasetsKey, problems);
        problems.ThrowIfAny();
        return new() { License = license.FirstOrDefault(), Datasets = datasets, Evaluation = evaluation! };
    }

    /// <summary>The YAML between the first line and the next "---", with an empty first line so that places are those of the file; null without the key of this program.</summary>
    private static string? FrontMatter(string path)
    {
        var lines = new List<string>();
        foreach (string line in Utf8Text.Lines(path, LongestLine).Take(MostLines))
        {
            bool fence = line.TrimEnd() == Fence;
            if (lines.Count == 0 && !fence) return null;
            if (lines.Count > 0 && fence) return lines.Any(l => l.StartsWith(OwnKey, StringComparison.Ordinal)) ? string.Join('\n', lines) : null;
            lines.Add(lines.Count == 0 ? "" : line);
        }
        return lines.Any(l => l.StartsWith(OwnKey, StringComparison.Ordinal))
            ? throw new InputException($"{path}(1): the front matter that starts here has no end; close it with a line {Fence}.")
            : null;
    }

    /// <summary>One text or a list of texts.</summary>
    private static string[] Texts(YamlMapping root, string key, Problems problems)
    {
        switch (root.Find(key)?.Value)
        {
            case null or YamlScalar { IsNull: true }: return [];
            case YamlScalar scalar: return [scalar.Text];
            case YamlList list when list.Items.All(i => i is YamlScalar { IsNull: false }): return [.. list.Items.Cast<YamlScalar>().Select(s => s.Text)];
            case var other:
                problems.Add(other.At, $"'{key}' must be a text or a list of texts");
                return [];
        }
    }
}

using System.Globalization;
using CsvHelper;
using Ohmformer.Files;

namespace Ohmformer.Lab.Experiments;

/// <summary>A paper: its folder below papers/ holds its claims and its numbers.</summary>
/// <param name="Name">Name on the command line, for example "clipformer".</param>
/// <param name="Folder">Folder below papers/.</param>
/// <param name="Title">Authors, title, number.</param>
public sealed record PaperFolder(string Name, string Folder, string Title)
{
    private const string ClaimsFile = "claims.csv";

    /// <summary>What the paper says, in its order.</summary>
    /// <exception cref="InputException">The folder lies not beside the program.</exception>
    public IReadOnlyList<Claim> Claims => [.. Rows(ClaimsFile).Select(r => new Claim(r["id"], r["claim"], r["paper"]))];

    /// <summary>Joins claims with what was found; a claim without a finding is a defect.</summary>
    internal IReadOnlyList<ClaimResult> Judge(IReadOnlyDictionary<string, Finding> findings) => [.. Claims.Select(c => new ClaimResult(c, findings[c.Id]))];

    /// <summary>The rows of a table of the paper, by the names of its columns.</summary>
    /// <param name="file">Name of the CSV file.</param>
    /// <exception cref="InputException">The file lies not beside the program.</exception>
    internal IReadOnlyList<IReadOnlyDictionary<string, string>> Rows(string file)
    {
        string relative = Path.Combine("papers", Folder, file);
        string path = ShippedFiles.Find(relative) ?? throw new InputException($"{relative}: is not beside the program; build it again from a complete checkout.");
        using var reader = new CsvReader(new StringReader(File.ReadAllText(path)), CultureInfo.InvariantCulture);
        var rows = new List<IReadOnlyDictionary<string, string>>();
        reader.Read();
        reader.ReadHeader();
        string[] names = reader.HeaderRecord!;
        while (reader.Read()) rows.Add(names.ToDictionary(n => n, n => reader.GetField(n)!));
        return rows;
    }
}

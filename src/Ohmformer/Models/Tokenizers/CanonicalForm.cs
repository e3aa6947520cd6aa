using System.Globalization;
using System.Text;

namespace Ohmformer.Models.Tokenizers;

/// <summary>
/// Unicode normalization forms D and C (Unicode Standard Annex 15). The runtime's own normalization needs a system library that the
/// program does without, so the character data come from canonical.txt.
/// </summary>
internal static class CanonicalForm
{
    private const int HangulSyllables = 0xAC00, Leads = 0x1100, Vowels = 0x1161, Trails = 0x11A7, LeadCount = 19, VowelCount = 21, TrailCount = 28;
    private const int HangulCount = LeadCount * VowelCount * TrailCount;

    private static readonly Lazy<Tables> Data = new(Read);

    /// <summary>Form D: every letter decomposed, marks in canonical order.</summary>
    public static List<Letter> Decompose(List<Letter> text)
    {
        var result = new List<Letter>(text.Count);
        foreach (var letter in text) Decompose(letter, result);
        Order(result);
        return result;
    }

    /// <summary>Form C: form D with letters and their marks composed again.</summary>
    public static List<Letter> Compose(List<Letter> text)
    {
        var decomposed = Decompose(text);
        var result = new List<Letter>(decomposed.Count);
        int starter = -1, lastClass = 0;
        foreach (var letter in decomposed)
        {
            int combining = ClassOf(letter.Rune);
            bool blocked = starter >= 0 && starter < result.Count - 1 && lastClass >= combining;
            if (starter >= 0 && !blocked && Pair(result[starter].Rune.Value, letter.Rune.Value) is { } composed)
            {
                result[starter] = new(new Rune(composed), result[starter].Start, Math.Max(result[starter].End, letter.End));
                continue;
            }
            if (combining == 0) starter = result.Count;
            lastClass = combining;
            result.Add(letter);
        }
        return result;
    }

    private static void Decompose(Letter letter, List<Letter> result)
    {
        int code = letter.Rune.Value, syllable = code - HangulSyllables;
        if (syllable is >= 0 and < HangulCount)
        {
            result.Add(letter.With(new Rune(Leads + syllable / (VowelCount * TrailCount))));
            result.Add(letter.With(new Rune(Vowels + syllable % (VowelCount * TrailCount) / TrailCount)));
            if (syllable % TrailCount is > 0 and var trail) result.Add(letter.With(new Rune(Trails + trail)));
        }
        else if (code >= 0xC0 && Data.Value.Parts.TryGetValue(code, out var parts))
        {
            Decompose(letter.With(new Rune(parts.First)), result);
            if (parts.Second != 0) Decompose(letter.With(new Rune(parts.Second)), result);
        }
        else
        {
            result.Add(letter);
        }
    }

    /// <summary>Sorts each run of marks by combining class, equal ones in their order.</summary>
    private static void Order(List<Letter> text)
    {
        for (int i = 1; i < text.Count; i++)
        {
            int combining = ClassOf(text[i].Rune);
            if (combining == 0) continue;
            for (int j = i; j > 0 && ClassOf(text[j - 1].Rune) > combining; j--) (text[j], text[j - 1]) = (text[j - 1], text[j]);
        }
    }

    private static int ClassOf(Rune rune) => rune.Value < 0x300 ? 0 : Data.Value.Classes.GetValueOrDefault(rune.Value);

    private static int? Pair(int first, int second)
    {
        int lead = first - Leads, vowel = second - Vowels, syllable = first - HangulSyllables, trail = second - Trails;
        if (lead is >= 0 and < LeadCount && vowel is >= 0 and < VowelCount) return HangulSyllables + (lead * VowelCount + vowel) * TrailCount;
        if (syllable is >= 0 and < HangulCount && syllable % TrailCount == 0 && trail is > 0 and < TrailCount) return first + trail;
        return Data.Value.Pairs.TryGetValue((first, second), out int composed) ? composed : null;
    }

    private static Tables Read()
    {
        using var stream = typeof(CanonicalForm).Assembly.GetManifestResourceStream("canonical.txt")!;
        using var reader = new StreamReader(stream);
        var tables = new Tables([], [], []);
        foreach (string item in reader.ReadToEnd().Split('\n').Where(line => !line.StartsWith('#')).SelectMany(line => line.Split(',', StringSplitOptions.RemoveEmptyEntries)))
        {
            if (item.IndexOf(':', StringComparison.Ordinal) is > 0 and var colon)
            {
                int[] range = [.. item[..colon].Split('-').Select(Hex)];
                for (int code = range[0]; code <= range[1]; code++) tables.Classes.Add(code, int.Parse(item.AsSpan(colon + 1), CultureInfo.InvariantCulture));
                continue;
            }
            int sign = item.AsSpan().IndexOfAny('=', '>'), composed = Hex(item[..sign]);
            int[] parts = [.. item[(sign + 1)..].Split(' ').Select(Hex)];
            tables.Parts.Add(composed, (parts[0], parts.Length > 1 ? parts[1] : 0));
            if (item[sign] == '=') tables.Pairs.Add((parts[0], parts[1]), composed);
        }
        return tables;
    }

    private static int Hex(string text) => int.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture);

    private sealed record Tables(Dictionary<int, (int First, int Second)> Parts, Dictionary<(int, int), int> Pairs, Dictionary<int, int> Classes);
}

namespace Ohmformer.Lab.Designs;

/// <summary>The common phrases of messages: allowed values and the nearest name.</summary>
internal static class Wording
{
    private const int LongestText = 60;

    /// <summary>The end of a message: "; allowed: a, b, c; did you mean 'b'?"</summary>
    public static string Allowed(string found, IEnumerable<string> names)
    {
        string[] all = [.. names];
        string allowed = all.Length == 0 ? "; nothing is allowed here" : "; allowed: " + string.Join(", ", all);
        return Nearest(found, all) is { } nearest ? $"{allowed}; did you mean '{nearest}'?" : allowed;
    }

    /// <summary>A message as a sentence: with a period unless it ends in a question.</summary>
    public static string Sentence(string message) => message.EndsWith('?') ? message : message + ".";

    /// <summary>The name with the fewest edits from <paramref name="found"/>, or null when none is close.</summary>
    public static string? Nearest(string found, IEnumerable<string> names)
    {
        if (found.Length > LongestText) return null;
        var (name, distance) = names
            .Select(n => (Name: n, Distance: EditDistance(found.ToLowerInvariant(), n.ToLowerInvariant())))
            .DefaultIfEmpty((Name: "", Distance: int.MaxValue))
            .MinBy(n => n.Distance);
        return distance <= Math.Max(2, found.Length / 3) ? name : null;
    }

    /// <summary>A user's text in quotes, on one line and not too long.</summary>
    public static string Quote(string text)
    {
        string line = new([.. text.Select(c => char.IsControl(c) ? ' ' : c).Take(LongestText + 1)]);
        return line.Length > LongestText ? $"'{line[..LongestText]}...'" : $"'{line}'";
    }

    /// <summary>Insertions, deletions, substitutions and swaps of neighbors that turn one text into the other.</summary>
    internal static int EditDistance(string a, string b)
    {
        var distance = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++) distance[i, 0] = i;
        for (int j = 0; j <= b.Length; j++) distance[0, j] = j;
        for (int i = 1; i <= a.Length; i++)
        {
            for (int j = 1; j <= b.Length; j++)
            {
                int substitution = distance[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                int best = Math.Min(substitution, 1 + Math.Min(distance[i - 1, j], distance[i, j - 1]));
                bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
                distance[i, j] = swapped ? Math.Min(best, distance[i - 2, j - 2] + 1) : best;
            }
        }
        return distance[a.Length, b.Length];
    }
}

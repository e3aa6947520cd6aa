namespace Ohmformer.Lab.Charts;

/// <summary>Sizes of text without a font at hand: widths of DejaVu Sans, which is wider than the fonts of most readers.</summary>
internal static class ChartText
{
    private const string Narrow = "iljtfrI.,:;'|!()[]/ -", Wide = "mwMW%@";

    /// <summary>The width of a line of text in pixels, rather too wide than too narrow.</summary>
    public static double Width(string text, double fontSize)
    {
        double em = 0;
        foreach (char c in text) em += Narrow.Contains(c) ? 0.4 : Wide.Contains(c) ? 0.98 : char.IsUpper(c) ? 0.72 : c < 0x2E80 ? 0.63 : 1;
        return em * fontSize;
    }

    /// <summary>Breaks a text between words into lines that are no wider than a width, where words allow it.</summary>
    public static IReadOnlyList<string> Lines(string text, double fontSize, double width)
    {
        var lines = new List<string>();
        foreach (string word in text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
        {
            if (lines.Count > 0 && Width($"{lines[^1]} {word}", fontSize) <= width) lines[^1] += " " + word;
            else lines.Add(word);
        }
        return lines;
    }
}

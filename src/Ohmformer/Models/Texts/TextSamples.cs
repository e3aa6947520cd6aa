using Ohmformer.Files;

namespace Ohmformer.Models.Texts;

/// <summary>A sentence, or a pair of sentences, and its class.</summary>
/// <param name="Text">The first sentence.</param>
/// <param name="Pair">The second one; null for a task of single sentences.</param>
/// <param name="Label">The class.</param>
public sealed record TextSample(string Text, string? Pair, int Label);

/// <summary>Reads labeled sentences from the TSV files of GLUE: columns between tabs, no quoting.</summary>
public static class TextSamples
{
    /// <summary>Longest line that is read, in characters.</summary>
    internal const int LongestLine = 1 << 20;

    private const char Tab = '\t';

    /// <summary>
    /// The samples of a file one after the other; the file is never held. A first line that names the task's columns is a header.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="task">The task.</param>
    /// <exception cref="InputException">
    /// The file cannot be read, lacks a column or has none of the labels somewhere; found while the samples are taken, with the line.
    /// </exception>
    public static IEnumerable<TextSample> Read(string path, TextTask task)
    {
        int number = 0, samples = 0, width = task.Width;
        IReadOnlyList<int>? places = null;
        foreach (string line in Utf8Text.Lines(path, LongestLine))
        {
            number++;
            string[] cells = line.Split(Tab);
            if (places is null)
            {
                places = Header(cells, task);
                if (places is not null)
                {
                    width = cells.Length;
                    continue;
                }
                places = task.Places ?? throw new InputException($"{path}(1): is no header; files of the task {task.Name} begin with a line that names the columns {Quoted(task.Columns)}");
            }
            // In the benchmark's own MNLI and QQP files some lines end early or late, but never before the columns that are used.
            bool fits = task.Places is null ? cells.Length > places.Max() : cells.Length == width;
            if (!fits) throw new InputException($"{path}({number}): {cells.Length} columns; the task {task.Name} has {width} here, with a tab between them");
            samples++;
            yield return Sample(path, number, cells, task, places);
        }
        if (samples == 0) throw new InputException($"{path}: is empty{(number == 0 ? "" : " but for its header")}");
    }

    /// <summary>The task whose layout the first lines of a file have; null when there is none.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InputException">The file cannot be read.</exception>
    public static TextTask? Detect(string path)
    {
        string[][] lines = [.. Utf8Text.Lines(path, LongestLine).Take(2).Select(line => line.Split(Tab))];
        if (lines.Length == 0) return null;
        // Headers of pairs hold those of single sentences; those of two tasks are told apart by a label.
        var named = TextTask.All.Where(t => Header(lines[0], t) is not null).OrderByDescending(t => t.Columns.Count).ToList();
        return named.FirstOrDefault(t => lines.Length > 1 && t.Labels.Contains(lines[1].ElementAtOrDefault(Header(lines[0], t)![0]))) ?? named.FirstOrDefault()
            ?? TextTask.All.FirstOrDefault(t => t.Places is { } places && lines[0].Length == t.Width && t.Labels.Contains(lines[0][places[0]]));
    }

    private static int[]? Header(string[] cells, TextTask task)
    {
        int[] places = [.. task.Columns.Select(column => Array.IndexOf(cells, column))];
        return places.Contains(-1) ? null : places;
    }

    private static TextSample Sample(string path, int number, string[] cells, TextTask task, IReadOnlyList<int> places)
    {
        string label = cells[places[0]];
        int known = task.Labels.ToList().IndexOf(label);
        if (known < 0) throw new InputException($"{path}({number}): the label is '{Shortened(label)}' in column {places[0] + 1}; labels of the task {task.Name} are {Quoted(task.Labels)}");
        return new(cells[places[1]], places.Count > 2 ? cells[places[2]] : null, known);
    }

    private static string Quoted(IEnumerable<string> names) => string.Join(", ", names.Select(n => $"'{n}'"));

    private static string Shortened(string text) => text.Length > 40 ? text[..40] + "..." : text;
}

using System.Globalization;
using Ohmformer.Files;
using Ohmformer.Models.Features;
using Ohmformer.Models.Images;
using Ohmformer.Models.Texts;

namespace Ohmformer.Lab.Datasets;

/// <summary>Reads a data set from end to end and reports what it holds, or the first error with its place.</summary>
public static class DataCheck
{
    private const int LongestLine = 1 << 26;

    /// <summary>Checks a data set of any known format.</summary>
    /// <param name="name">File or folder, or the name of a set that is shipped.</param>
    /// <param name="cancellation">Stops between samples.</param>
    /// <returns>One report for each part of the set.</returns>
    /// <exception cref="InputException">The format is unknown, or the data are damaged.</exception>
    /// <exception cref="OperationCanceledException">The user interrupted.</exception>
    public static IReadOnlyList<DataReport> Run(string name, CancellationToken cancellation)
    {
        string path = Path.Exists(name) ? name : ShippedFiles.Find(name) is { } shipped && name.Length > 0 ? shipped
            : throw new InputException($"'{name}': no such file or folder, and no data set of this name is shipped; 'ohmformer data list' shows what is");
        if (FeatureSet.Recognizes(path)) return [Features(path, cancellation)];
        if (Directory.Exists(path)) return ImageParts(path);
        switch (Path.GetExtension(path))
        {
            case ".npy" or ".bin": return [Images(ImageSet.Load(path, Split.Test), null)];
            case ".gz" when path.EndsWith(".bin.gz", StringComparison.Ordinal): return [Images(ImageSet.Load(path, Split.Test), null)];
            case ".tsv": return [Sentences(path, cancellation)];
            case ".json": return [Questions.Recognizes(path) ? Asked(path, cancellation) : TokenIds(path)];
            case ".txt" or ".raw" or ".tokens": return [Text(path, cancellation)];
        }
        throw new InputException(Path.GetFileName(path).Contains("-idx", StringComparison.Ordinal)
            ? $"{path}: is one file of a pair; name the folder that holds both"
            : $"{path}: unknown format; 'ohmformer data list' shows the formats that are understood");
    }

    private static List<DataReport> ImageParts(string path)
    {
        var reports = new List<DataReport>();
        if (Part("train")) reports.Add(Images(ImageSet.Load(path, Split.Train), "train"));
        if (Part("test", "t10k", "val")) reports.Add(Images(ImageSet.Load(path, Split.Test), "test"));
        if (reports.Count > 0) return reports;
        string? text = Directory.EnumerateFiles(path).Where(f => Path.GetExtension(f) is ".tsv" or ".json" or ".txt").Select(f => Path.GetFileName(f)).Min(StringComparer.Ordinal);
        bool images = Directory.EnumerateDirectories(path).Any() || text is null;
        return images ? [Images(ImageSet.Load(path, Split.Test), null)] : throw new InputException($"{path}: holds no images; name one of its files, for example {text}");

        bool Part(params string[] names) => Directory.EnumerateFileSystemEntries(path).Any(e =>
            Path.GetExtension(e) is not (".tsv" or ".json" or ".txt") && names.Any(n => Path.GetFileName(e).Contains(n, StringComparison.OrdinalIgnoreCase)));
    }

    private static DataReport Images(ImageSet set, string? part) => new()
    {
        Format = "images",
        Part = part,
        Samples = set.Count,
        Size = Line($"{set.Channels} x {set.Height} x {set.Width} (channels, height, width)"),
        Classes = Count(Enumerable.Range(0, set.Count).Select(set.Label)),
    };

    private static DataReport Features(string path, CancellationToken cancellation)
    {
        using var set = FeatureSet.Open(path);
        var clip = new float[set.Frames * set.FrameFeatures];
        for (int i = 0; i < set.Count; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            set.Read(i, clip);
        }
        return new()
        {
            Format = "audio features",
            Samples = set.Count,
            Size = Line($"{set.Frames} frames of {set.FrameFeatures} features"),
            Classes = Count(Enumerable.Range(0, set.Count).Select(set.Label)),
        };
    }

    private static DataReport Sentences(string path, CancellationToken cancellation)
    {
        var task = TextSamples.Detect(path)
            ?? throw new InputException($"{path}(1): has the columns of no known task; tasks are {string.Join(", ", TextTask.All.Select(t => t.Name))}, with a header or as the public SST-2 and CoLA files are");
        var labels = new List<int>();
        long characters = 0;
        bool pairs = false;
        foreach (var sample in TextSamples.Read(path, task))
        {
            cancellation.ThrowIfCancellationRequested();
            labels.Add(sample.Label);
            characters += sample.Text.Length + (sample.Pair?.Length ?? 0);
            pairs |= sample.Pair is not null;
        }
        return new()
        {
            Format = $"{(pairs ? "sentence pairs" : "sentences")}, {task.Name}",
            Samples = labels.Count,
            Size = Line($"{(double)characters / labels.Count:F0} characters on average"),
            Classes = [.. Count(labels).Select(c => c with { Label = task.Labels[int.Parse(c.Label, CultureInfo.InvariantCulture)] })],
        };
    }

    private static DataReport Asked(string path, CancellationToken cancellation)
    {
        long count = 0, unanswered = 0, answers = 0;
        string context = "";
        long contexts = 0;
        foreach (var question in Questions.Read(path))
        {
            cancellation.ThrowIfCancellationRequested();
            count++;
            answers += question.Answers.Count;
            if (question.Answers.Count == 0) unanswered++;
            if (!ReferenceEquals(context, question.Context)) contexts++;
            context = question.Context;
        }
        if (count == 0) throw new InputException($"{path}: has no questions");
        return new() { Format = "questions, SQuAD", Samples = count, Size = Line($"{contexts:N0} contexts, {answers:N0} answers, {unanswered:N0} questions without answer") };
    }

    private static DataReport TokenIds(string path)
    {
        var sequences = TokenWindows.Ids(path);
        long tokens = sequences.Sum(s => (long)s.Length);
        if (tokens == 0) throw new InputException($"{path}: holds no token ids");
        int largest = sequences.Max(s => s.Length == 0 ? 0 : s.ToArray().Max());
        return new() { Format = "token ids", Samples = sequences.Count, Size = Line($"{tokens:N0} tokens, ids up to {largest}") };
    }

    private static DataReport Text(string path, CancellationToken cancellation)
    {
        long lines = 0, characters = 0, words = 0;
        foreach (string line in Utf8Text.Lines(path, LongestLine))
        {
            cancellation.ThrowIfCancellationRequested();
            lines++;
            characters += line.Length + 1;
            words += line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length;
        }
        if (words == 0) throw new InputException($"{path}: has no words");
        return new() { Format = "text", Samples = lines, Size = Line($"{words:N0} words, {characters:N0} characters in lines") };
    }

    private static List<ClassCount> Count(IEnumerable<int> labels) =>
        [.. labels.CountBy(label => label).OrderBy(c => c.Key).Select(c => new ClassCount(c.Key.ToString(CultureInfo.InvariantCulture), c.Value))];

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

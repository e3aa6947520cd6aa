using System.Collections.Concurrent;
using System.Globalization;
using Ohmformer.Files;
using Ohmformer.Models.Features;
using Ohmformer.Models.Images;
using Ohmformer.Models.Texts;

namespace Ohmformer.Lab.Datasets;

/// <summary>Reads a data set from end to end and reports what it holds, or the first error with its place.</summary>
/// <param name="threads">Threads that decode images.</param>
/// <param name="progress">Is told about every image.</param>
/// <param name="cancellation">Stops between samples.</param>
public sealed class DataCheck(int threads, IProgress<PhaseProgress> progress, CancellationToken cancellation)
{
    private const int LongestLine = 1 << 26;

    /// <summary>Checks a data set of any known format.</summary>
    /// <param name="name">File or folder, or the name of a set that is shipped.</param>
    /// <returns>One report for each part of the set.</returns>
    /// <exception cref="InputException">The format is unknown, or the data are damaged.</exception>
    /// <exception cref="OperationCanceledException">The user interrupted.</exception>
    public IReadOnlyList<DataReport> Run(string name)
    {
        string path = Path.Exists(name) ? name : ShippedFiles.Find(name) is { } shipped && name.Length > 0 ? shipped
            : throw new InputException($"'{name}': no such file or folder, and no data set of this name is shipped; 'ohmformer data list' shows what is");
        switch (DataKinds.Of(path))
        {
            case DataKind.Features: return [Features(path)];
            case DataKind.Images: return Directory.Exists(path) ? ImageParts(path) : [Images(ImageSet.Load(path, Split.Test), null)];
            case DataKind.Sentences: return [Sentences(path)];
            case DataKind.Questions: return [Asked(path)];
            case DataKind.TokenIds: return [TokenIds(path)];
            case DataKind.Text: return [Text(path)];
        }
        throw new InputException(Path.GetFileName(path).Contains("-idx", StringComparison.Ordinal)
            ? $"{path}: is one file of a pair; name the folder that holds both"
            : $"{path}: unknown format; 'ohmformer data list' shows the formats that are understood");
    }

    private IReadOnlyList<DataReport> ImageParts(string path)
    {
        List<(Split Split, string Name)> parts = [.. new[] { (Split.Train, "train"), (Split.Test, "test") }.Where(p => ImageSet.HasPart(path, p.Item1))];
        if (parts.Count > 0) return [.. parts.Select(p => Images(ImageSet.Load(path, p.Split), p.Name))];
        string? text = Directory.EnumerateFiles(path).Where(f => Path.GetExtension(f) is ".tsv" or ".json" or ".txt").Select(f => Path.GetFileName(f)).Min(StringComparer.Ordinal);
        return text is null ? [Images(ImageSet.Load(path, Split.Test), null)] : throw new InputException($"{path}: holds no images; name one of its files, for example {text}");
    }

    /// <summary>Decodes every image. Of several that are damaged the first one is reported, whatever the threads.</summary>
    private DataReport Images(ImageSet set, string? part)
    {
        var failures = new ConcurrentDictionary<int, InputException>();
        int done = 0;
        string phase = part ?? "images";
        Parallel.For(0, set.Count, new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancellation }, (image, loop) =>
        {
            try
            {
                set.Check(image);
            }
            catch (InputException e)
            {
                failures[image] = e;
                loop.Break();
            }
            progress.Report(new(phase, Interlocked.Increment(ref done), set.Count));
        });
        if (!failures.IsEmpty) throw failures.MinBy(f => f.Key).Value;
        return new()
        {
            Format = "images, " + set.Format,
            Part = part,
            Samples = set.Count,
            Size = Line($"{set.Channels} x {set.Height} x {set.Width} (channels, height, width){(set.Format == "image folder" ? ", the first" : "")}"),
            Classes = Count(Enumerable.Range(0, set.Count).Select(set.Label)),
        };
    }

    private DataReport Features(string path)
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

    private DataReport Sentences(string path)
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

    private DataReport Asked(string path)
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

    private DataReport Text(string path)
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

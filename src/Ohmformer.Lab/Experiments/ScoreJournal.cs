using System.Text.Json;
using Ohmformer.Files;
using Ohmformer.Techniques.ClipFormer;

namespace Ohmformer.Lab.Experiments;

/// <summary>What a network did on a design, as it is kept.</summary>
/// <param name="Key">Identity of what was measured: network, data, samples, seeds and design.</param>
/// <param name="What">What was measured, for people.</param>
/// <param name="Points">Metric of each noise seed in percent, shape [seeds]; one value in single precision.</param>
/// <param name="Snr">Signal-to-noise ratio of the attention blocks with an error, the mean over the seeds.</param>
internal sealed record KeptScore(string Key, string What, IReadOnlyList<double> Points, IReadOnlyList<EncoderSnr> Snr);

/// <summary>The finished scores of an experiment in a file of one line of JSON each, from which a run that was interrupted goes on.</summary>
internal sealed class ScoreJournal
{
    private const string FileName = "scores.jsonl";

    private static readonly JsonSerializerOptions Options = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    private readonly string? _path;
    private readonly List<string> _lines = [];
    private readonly Dictionary<string, KeptScore> _scores = [];

    /// <summary>Opens the journal of a folder.</summary>
    /// <param name="folder">The folder, which need not exist; null to keep nothing.</param>
    /// <exception cref="InputException">A line of the file is damaged.</exception>
    public ScoreJournal(string? folder)
    {
        _path = folder is null ? null : Path.Combine(folder, FileName);
        if (!File.Exists(_path)) return;
        foreach (var (i, line) in File.ReadAllLines(_path).Index()) Remember(Read(line, i + 1), line);
    }

    /// <summary>The score of an identity, or null.</summary>
    public KeptScore? Find(string key) => _scores.GetValueOrDefault(key);

    /// <summary>Keeps a score.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Add(KeptScore score)
    {
        Remember(score, JsonSerializer.Serialize(score, Options));
        if (_path is not null) AtomicFile.WriteAllText(_path, string.Join('\n', _lines) + "\n");
    }

    private void Remember(KeptScore score, string line)
    {
        _scores[score.Key] = score;
        _lines.Add(line);
    }

    private KeptScore Read(string line, int number)
    {
        try
        {
            return JsonSerializer.Deserialize<KeptScore>(line, Options) is { Key: not null, Points: not null, Snr: not null } score ? score : throw new JsonException();
        }
        catch (JsonException e)
        {
            throw new InputException($"{_path}, line {number}: is no finished score; delete the line, so that it is measured again.", e);
        }
    }
}

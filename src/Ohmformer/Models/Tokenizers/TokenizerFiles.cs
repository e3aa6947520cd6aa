using System.Text.Encodings.Web;
using System.Text.Json;
using Ohmformer.Files;

namespace Ohmformer.Models.Tokenizers;

/// <summary>A tokenizer together with the files of Hugging Face that describe it, so that they can be put beside a model.</summary>
public sealed class TokenizerFiles
{
    private const int MaxBytes = 64 << 20;

    private static readonly string[] Names =
        ["tokenizer.json", VocabularyFiles.WordsFile, VocabularyFiles.IdsFile, VocabularyFiles.MergesFile, TokenizerSettings.SettingsFile, TokenizerSettings.NamesFile];

    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly SortedDictionary<string, byte[]> _contents;

    private TokenizerFiles(Tokenizer tokenizer, SortedDictionary<string, byte[]> contents) => (Tokenizer, _contents) = (tokenizer, contents);

    /// <summary>The tokenizer.</summary>
    public Tokenizer Tokenizer { get; }

    /// <summary>Reads the tokenizer of a folder as <see cref="Tokenizer.Load"/> does, and keeps its files.</summary>
    /// <param name="folder">A folder with a tokenizer.</param>
    /// <exception cref="InputException">There is no tokenizer, or it cannot be used.</exception>
    public static TokenizerFiles Read(string folder)
    {
        var tokenizer = Tokenizer.Load(folder);
        var contents = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (string name in Names.Where(name => File.Exists(Path.Combine(folder, name))))
            contents.Add(name, InputFile.ReadAllBytes(Path.Combine(folder, name), MaxBytes));
        return new(tokenizer, contents);
    }

    /// <summary>Writes the files; those of the same names are replaced.</summary>
    /// <param name="folder">The folder; made when absent.</param>
    /// <exception cref="IOException">A file cannot be written.</exception>
    public void Save(string folder)
    {
        foreach (var (name, content) in _contents) AtomicFile.Write(Path.Combine(folder, name), stream => stream.Write(content));
    }

    /// <summary>BERT's tokenizer: vocab.txt and tokenizer_config.json.</summary>
    /// <param name="words">The vocabulary in the order of its ids.</param>
    /// <param name="lowercase">Whether texts are lowered and accents stripped.</param>
    internal static TokenizerFiles OfWords(IReadOnlyList<string> words, bool lowercase) => New(
        new { tokenizer_class = "BertTokenizer", do_lower_case = lowercase },
        settings => VocabularyFiles.Words("the learned vocabulary", words, settings),
        (VocabularyFiles.WordsFile, Lines(words)));

    /// <summary>GPT-2's tokenizer: vocab.json, merges.txt and tokenizer_config.json.</summary>
    /// <param name="tokens">The vocabulary in the order of its ids.</param>
    /// <param name="merges">The merges in the order in which they were learned.</param>
    internal static TokenizerFiles OfBytePairs(IReadOnlyList<string> tokens, IReadOnlyList<(string Left, string Right)> merges)
    {
        var ids = tokens.Index().ToDictionary(t => t.Item, t => t.Index, StringComparer.Ordinal);
        string[] lines = ["#version: 0.2", .. merges.Select(m => $"{m.Left} {m.Right}")];
        return New(
            new { tokenizer_class = "GPT2Tokenizer", add_prefix_space = false },
            settings => VocabularyFiles.ByteLevel("the learned vocabulary", ids, VocabularyFiles.Merges("the learned merges", ids, lines), settings),
            (VocabularyFiles.IdsFile, JsonSerializer.SerializeToUtf8Bytes(ids, Json)), (VocabularyFiles.MergesFile, Lines(lines)));
    }

    private static TokenizerFiles New(object configuration, Func<TokenizerSettings, TokenizerParts> parse, params (string Name, byte[] Content)[] vocabulary)
    {
        byte[] text = JsonSerializer.SerializeToUtf8Bytes(configuration, Json);
        var settings = TokenizerSettings.Of(JsonFile.Parse(TokenizerSettings.SettingsFile, text));
        var parts = parse(settings);
        var contents = new SortedDictionary<string, byte[]>(vocabulary.ToDictionary(v => v.Name, v => v.Content), StringComparer.Ordinal) { [TokenizerSettings.SettingsFile] = text };
        return new(new Tokenizer(parts, settings.Special(parts)), contents);
    }

    private static byte[] Lines(IEnumerable<string> lines) => System.Text.Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => line + "\n")));
}

using System.Text.Json;
using Ohmformer.Files;

namespace Ohmformer.Models.Tokenizers;

/// <summary>What tokenizer_config.json, special_tokens_map.json and config.json beside a vocabulary say about it; each may be absent.</summary>
internal sealed class TokenizerSettings
{
    /// <summary>The file with the settings, and the one with the names of special tokens.</summary>
    public const string SettingsFile = "tokenizer_config.json", NamesFile = "special_tokens_map.json";

    private readonly JsonFile? _tokenizer, _names, _model;

    private TokenizerSettings(JsonFile? tokenizer, JsonFile? names, JsonFile? model) => (_tokenizer, _names, _model) = (tokenizer, names, model);

    /// <summary>Reads the files of a directory.</summary>
    /// <exception cref="InputException">A file that is there is not a JSON object.</exception>
    public static TokenizerSettings Load(string directory) => new(
        Find(directory, SettingsFile), Find(directory, NamesFile), Find(directory, "config.json"));

    /// <summary>The settings of a tokenizer_config.json alone.</summary>
    public static TokenizerSettings Of(JsonFile tokenizer) => new(tokenizer, null, null);

    /// <summary>A setting of tokenizer_config.json.</summary>
    /// <exception cref="InputException">It is neither true nor false.</exception>
    public bool Flag(string key, bool whenAbsent) => _tokenizer?.Flag(key, whenAbsent) ?? whenAbsent;

    /// <summary>Whether the files name RoBERTa, whose texts are surrounded by tokens that GPT-2 does not have.</summary>
    /// <exception cref="InputException">A name is not a text.</exception>
    public bool IsRoberta => (_tokenizer?.Text("tokenizer_class") ?? _model?.Text("model_type") ?? "").StartsWith("roberta", StringComparison.OrdinalIgnoreCase);

    /// <summary>The ids of the tokens that control the model: as the files name them, else by their usual names or by where they stand around a text.</summary>
    /// <exception cref="InputException">A name is not a text.</exception>
    public SpecialTokens Special(TokenizerParts parts)
    {
        var (first, last) = parts.Single is [{ Origin: TokenOrigin.Added } start, .., { Origin: TokenOrigin.Added } end] ? (start.Id, end.Id) : ((int?)null, (int?)null);
        return new()
        {
            Unknown = Id(parts, "unk_token", "[UNK]", "<unk>"),
            Beginning = Id(parts, "bos_token", "<s>", "\n<s>\n", "<|begin_of_text|>", "<|endoftext|>"),
            End = Id(parts, "eos_token", "</s>", "\n</s>\n", "<|end_of_text|>", "<|endoftext|>"),
            Classification = Id(parts, "cls_token", "[CLS]") ?? first,
            Separator = Id(parts, "sep_token", "[SEP]") ?? last,
            Padding = Id(parts, "pad_token", "[PAD]", "<pad>"),
            Mask = Id(parts, "mask_token", "[MASK]", "<mask>"),
        };
    }

    private int? Id(TokenizerParts parts, string key, params string[] usual)
    {
        string[] names = (Named(_tokenizer, key) ?? Named(_names, key)) is { } named ? [named] : usual;
        foreach (string name in names)
        {
            if (parts.Added.FirstOrDefault(t => t.Content == name) is { } added) return added.Id;
            if (parts.Ids.TryGetValue(name, out int id)) return id;
        }
        return null;
    }

    /// <summary>The text of a token that is given as a text or as an object with its content.</summary>
    private static string? Named(JsonFile? file, string key) => file is not null && file.Root.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.Object
        ? file.Object(key)!.Text("content")
        : file?.Text(key);

    private static JsonFile? Find(string directory, string name)
    {
        string path = Path.Combine(directory, name);
        return File.Exists(path) ? JsonFile.Load(path) : null;
    }
}

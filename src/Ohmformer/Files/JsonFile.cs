using System.Text.Json;

namespace Ohmformer.Files;

/// <summary>
/// A JSON object that a user's file holds, read strictly: duplicate keys, deep nesting and wrong types are errors that name
/// file and key. A key whose value is null counts as absent.
/// </summary>
public sealed class JsonFile
{
    private const int MaxBytes = 64 << 20, MaxDepth = 32;

    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = MaxDepth, AllowDuplicateProperties = false };

    private readonly string _path;

    private JsonFile(string path, JsonElement root) => (_path, Root) = (path, root);

    /// <summary>The whole object.</summary>
    public JsonElement Root { get; }

    /// <summary>Reads a file.</summary>
    /// <exception cref="InputException">The file cannot be read or is not one strict JSON object.</exception>
    public static JsonFile Load(string path) => Parse(path, InputFile.ReadAllBytes(path, MaxBytes));

    /// <summary>Reads a text that stands in a file.</summary>
    /// <param name="path">The file, for messages.</param>
    /// <param name="utf8">The text.</param>
    /// <exception cref="InputException">It is not one strict JSON object.</exception>
    public static JsonFile Parse(string path, ReadOnlyMemory<byte> utf8)
    {
        var root = ParseValue(path, utf8);
        return root.ValueKind == JsonValueKind.Object ? new JsonFile(path, root) : throw new InputException($"{path}: holds JSON, but not an object {{...}}");
    }

    /// <summary>Reads a file that holds any JSON value, as strictly.</summary>
    /// <exception cref="InputException">The file cannot be read or is not strict JSON.</exception>
    public static JsonElement LoadValue(string path) => ParseValue(path, InputFile.ReadAllBytes(path, MaxBytes));

    /// <summary>An object that stands somewhere in a file.</summary>
    /// <param name="path">The file and the place, for messages.</param>
    /// <param name="value">What stands there.</param>
    /// <exception cref="InputException">It is not an object.</exception>
    public static JsonFile Of(string path, JsonElement value) =>
        value.ValueKind == JsonValueKind.Object ? new JsonFile(path, value) : throw new InputException($"{path}: is not an object {{...}}");

    /// <summary>An object inside this one, or null when it is absent.</summary>
    /// <exception cref="InputException">The value is not an object.</exception>
    public JsonFile? Object(string key)
    {
        if (Find(key) is not { } value) return null;
        return value.ValueKind == JsonValueKind.Object ? new JsonFile($"{_path}: {key}", value) : throw Wrong(key, "an object");
    }

    /// <summary>A list of objects, or null when it is absent.</summary>
    /// <exception cref="InputException">The value is something else.</exception>
    public IReadOnlyList<JsonFile>? Objects(string key)
    {
        if (Find(key) is not { } value) return null;
        return value.ValueKind == JsonValueKind.Array ? [.. value.EnumerateArray().Select((item, i) => Of($"{_path}: {key}[{i}]", item))] : throw Wrong(key, "a list of objects");
    }

    /// <summary>A whole number in a range.</summary>
    /// <exception cref="InputException">It is absent without a default, not whole, or outside the range.</exception>
    public int Int(string key, int min, int max, int? whenAbsent = null)
    {
        if (Find(key) is not { } value) return whenAbsent ?? throw Missing(key);
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number) && number >= min && number <= max
            ? number
            : throw Wrong(key, $"a whole number from {min} to {max}");
    }

    /// <summary>A finite number.</summary>
    /// <exception cref="InputException">It is absent without a default, or not a finite number.</exception>
    public double Number(string key, double? whenAbsent = null)
    {
        if (Find(key) is not { } value) return whenAbsent ?? throw Missing(key);
        return TryFinite(value, out double number) ? number : throw Wrong(key, "a number");
    }

    /// <summary>A list of finite numbers, or null when it is absent.</summary>
    /// <exception cref="InputException">The value is something else.</exception>
    public double[]? Numbers(string key)
    {
        if (Find(key) is not { } value) return null;
        if (value.ValueKind != JsonValueKind.Array) throw Wrong(key, "a list of numbers");
        return [.. value.EnumerateArray().Select(item => TryFinite(item, out double number) ? number : throw Wrong(key, "a list of numbers"))];
    }

    /// <summary>True or false.</summary>
    /// <exception cref="InputException">It is neither.</exception>
    public bool Flag(string key, bool whenAbsent)
    {
        if (Find(key) is not { } value) return whenAbsent;
        return value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean() : throw Wrong(key, "true or false");
    }

    /// <summary>A text, or null when it is absent.</summary>
    /// <exception cref="InputException">The value is something else.</exception>
    public string? Text(string key)
    {
        if (Find(key) is not { } value) return null;
        return value.ValueKind == JsonValueKind.String ? value.GetString() : throw Wrong(key, "a text");
    }

    /// <summary>A list of texts, or null when it is absent.</summary>
    /// <exception cref="InputException">The value is something else.</exception>
    public string[]? TextList(string key)
    {
        if (Find(key) is not { } value) return null;
        if (value.ValueKind != JsonValueKind.Array) throw Wrong(key, "a list of texts");
        return [.. value.EnumerateArray().Select(item => item.ValueKind == JsonValueKind.String ? item.GetString()! : throw Wrong(key, "a list of texts"))];
    }

    /// <summary>All keys with their texts, in order.</summary>
    /// <exception cref="InputException">A value is not a text.</exception>
    public IEnumerable<(string Key, string Value)> Texts() =>
        Root.EnumerateObject().Select(p => p.Value.ValueKind == JsonValueKind.String ? (p.Name, p.Value.GetString()!) : throw Wrong(p.Name, "a text"));

    /// <summary>The error of a value that must be something else.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="allowed">What it must be, for example "a text".</param>
    public InputException Wrong(string key, string allowed)
    {
        string found = Find(key)?.GetRawText() ?? "nothing";
        if (found.Length > 60) found = found[..60] + "...";
        return new InputException($"{_path}: {key} is {found}; it must be {allowed}");
    }

    /// <summary>A value that is not one of the known: the message lists them.</summary>
    public InputException Unknown(string key, IEnumerable<string> known) => Wrong(key, "one of " + string.Join(", ", known));

    private static JsonElement ParseValue(string path, ReadOnlyMemory<byte> utf8)
    {
        try
        {
            var root = JsonDocument.Parse(utf8, Strict).RootElement;
            DecodeTexts(root);
            return root;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new InputException($"{path}: invalid JSON: {e.Message}", e);
        }
    }

    private JsonElement? Find(string key) =>
        Root.TryGetProperty(key, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private static bool TryFinite(JsonElement value, out double number)
    {
        number = 0;
        return value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out number) && double.IsFinite(number);
    }

    /// <summary>Decodes every key and text once, so that broken UTF-8 and lone surrogates show here and not later.</summary>
    private static void DecodeTexts(JsonElement value)
    {
        if (value.ValueKind == JsonValueKind.String) _ = value.GetString();
        if (value.ValueKind == JsonValueKind.Array)
            foreach (var item in value.EnumerateArray()) DecodeTexts(item);
        if (value.ValueKind == JsonValueKind.Object)
            foreach (var property in value.EnumerateObject())
            {
                _ = property.Name;
                DecodeTexts(property.Value);
            }
    }

    private InputException Missing(string key) => new($"{_path}: {key} is missing");
}

using System.Text.Json;
using Ohmformer.Files;

namespace Ohmformer.Models.Safetensors;

/// <summary>Where one tensor lies in a file.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Dtype">Element type as the format names it, for example "F32".</param>
/// <param name="Shape">Its sizes; none for a single number.</param>
/// <param name="Begin">First byte in the data section.</param>
/// <param name="End">One past its last byte.</param>
public sealed record TensorEntry(string Name, string Dtype, IReadOnlyList<long> Shape, long Begin, long End)
{
    /// <summary>Number of elements.</summary>
    public long Elements => Shape.Aggregate(1L, (product, size) => product * size);
}

/// <summary>
/// Reads and checks the header of a safetensors file (github.com/huggingface/safetensors, "Format"): every tensor inside the data,
/// none overlapping, no byte unclaimed, every size equal to its shape.
/// </summary>
internal static class SafetensorsHeader
{
    /// <summary>Largest header in bytes, as in the reference implementation.</summary>
    public const long MaxBytes = 100_000_000;

    /// <summary>Bytes of one element by type.</summary>
    private static readonly Dictionary<string, int> ElementBytes = new(StringComparer.Ordinal)
    {
        ["BOOL"] = 1,
        ["U8"] = 1,
        ["I8"] = 1,
        ["F8_E5M2"] = 1,
        ["F8_E4M3"] = 1,
        ["I16"] = 2,
        ["U16"] = 2,
        ["F16"] = 2,
        ["BF16"] = 2,
        ["I32"] = 4,
        ["U32"] = 4,
        ["F32"] = 4,
        ["I64"] = 8,
        ["U64"] = 8,
        ["F64"] = 8,
    };

    /// <summary>The tensors by name.</summary>
    /// <param name="path">The file, for messages.</param>
    /// <param name="utf8">The header's JSON text.</param>
    /// <param name="dataBytes">Bytes after the header.</param>
    /// <exception cref="InputException">The header breaks a rule of the format.</exception>
    public static IReadOnlyDictionary<string, TensorEntry> Parse(string path, ReadOnlyMemory<byte> utf8, long dataBytes)
    {
        var entries = new Dictionary<string, TensorEntry>(StringComparer.Ordinal);
        foreach (var property in JsonFile.Parse($"{path}: header", utf8).Root.EnumerateObject())
            if (!property.NameEquals("__metadata__"))
                entries.Add(property.Name, Entry($"{path}: tensor \"{property.Name}\"", property.Name, property.Value));
        CheckCoverage(path, entries.Values, dataBytes);
        return entries;
    }

    private static TensorEntry Entry(string where, string name, JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.Object) throw new InputException($"{where}: is not an object with dtype, shape and data_offsets");
        string? dtype = value.TryGetProperty("dtype", out var type) && type.ValueKind == JsonValueKind.String ? type.GetString() : null;
        if (dtype is null || !ElementBytes.TryGetValue(dtype, out int bytes))
            throw new InputException($"{where}: dtype {dtype ?? "is missing"}; known are {string.Join(", ", ElementBytes.Keys)}");
        long[] shape = Sizes(where, value, "shape"), offsets = Sizes(where, value, "data_offsets");
        if (offsets.Length != 2 || offsets[0] > offsets[1])
            throw new InputException($"{where}: data_offsets [{string.Join(", ", offsets)}]; expected a begin and an end not before it");

        Int128 expected = bytes;
        foreach (long size in shape)
            if ((expected *= size) > long.MaxValue) throw new InputException($"{where}: shape [{string.Join(", ", shape)}] overflows");
        if (expected != offsets[1] - offsets[0])
            throw new InputException($"{where}: shape [{string.Join(", ", shape)}] of {dtype} has {expected} bytes, its data_offsets span {offsets[1] - offsets[0]}");
        return new TensorEntry(name, dtype, shape, offsets[0], offsets[1]);
    }

    private static long[] Sizes(string where, JsonElement entry, string key)
    {
        if (!entry.TryGetProperty(key, out var list) || list.ValueKind != JsonValueKind.Array)
            throw new InputException($"{where}: {key} is missing or not a list");
        return [.. list.EnumerateArray().Select(item => item.ValueKind == JsonValueKind.Number && item.TryGetInt64(out long size) && size >= 0
            ? size
            : throw new InputException($"{where}: {key} holds {item.GetRawText()}; it must hold whole numbers from 0 to 2^63 - 1"))];
    }

    private static void CheckCoverage(string path, IEnumerable<TensorEntry> entries, long dataBytes)
    {
        long covered = 0;
        string previous = "the header";
        foreach (var entry in entries.OrderBy(e => e.Begin).ThenBy(e => e.End))
        {
            if (entry.Begin < covered) throw new InputException($"{path}: tensor \"{entry.Name}\" overlaps {previous}");
            if (entry.Begin > covered) throw new InputException($"{path}: {entry.Begin - covered} bytes between {previous} and tensor \"{entry.Name}\" belong to no tensor");
            if (entry.End > dataBytes)
                throw new InputException($"{path}: truncated: tensor \"{entry.Name}\" ends at byte {entry.End} of the data, the file has {dataBytes}");
            (covered, previous) = (entry.End, $"tensor \"{entry.Name}\"");
        }
        if (covered != dataBytes) throw new InputException($"{path}: {dataBytes - covered} bytes after {previous} belong to no tensor");
    }

    /// <summary>The header's text for tensors that follow each other, padded so that the data starts at a multiple of 8 bytes.</summary>
    public static byte[] Format(IEnumerable<TensorEntry> entries, IReadOnlyDictionary<string, string> metadata)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            if (metadata.Count > 0)
            {
                json.WriteStartObject("__metadata__");
                foreach (var (key, value) in metadata) json.WriteString(key, value);
                json.WriteEndObject();
            }
            foreach (var entry in entries) Format(json, entry);
            json.WriteEndObject();
        }
        while (buffer.Length % 8 != 0) buffer.WriteByte((byte)' ');
        return buffer.ToArray();
    }

    private static void Format(Utf8JsonWriter json, TensorEntry entry)
    {
        json.WriteStartObject(entry.Name);
        json.WriteString("dtype", entry.Dtype);
        json.WriteStartArray("shape");
        foreach (long size in entry.Shape) json.WriteNumberValue(size);
        json.WriteEndArray();
        json.WriteStartArray("data_offsets");
        json.WriteNumberValue(entry.Begin);
        json.WriteNumberValue(entry.End);
        json.WriteEndArray();
        json.WriteEndObject();
    }
}

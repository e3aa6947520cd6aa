using System.Buffers.Binary;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using Ohmformer.Files;

namespace Ohmformer.Models.Safetensors;

/// <summary>A tensor to be written.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Shape">Its sizes.</param>
/// <param name="Values">Its elements, row-major.</param>
public sealed record NamedTensor(string Name, long[] Shape, float[] Values);

/// <summary>Writes safetensors files of F32 or F16 elements.</summary>
public static class SafetensorsWriter
{
    /// <summary>Writes a file that appears complete or not at all.</summary>
    /// <param name="path">The file; replaced when it exists.</param>
    /// <param name="tensors">Tensors in the order of the file, names unique.</param>
    /// <param name="metadata">Texts for the header's __metadata__.</param>
    /// <param name="halfPrecision">F16 elements in place of F32.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="ArgumentException">A shape does not fit its values, or a name occurs twice.</exception>
    public static void Write(string path, IReadOnlyList<NamedTensor> tensors, IReadOnlyDictionary<string, string> metadata, bool halfPrecision = false)
    {
        byte[] header = SafetensorsHeader.Format(Layout(tensors, halfPrecision), metadata);
        AtomicFile.Write(path, stream =>
        {
            Span<byte> length = stackalloc byte[sizeof(ulong)];
            BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)header.Length);
            stream.Write(length);
            stream.Write(header);
            foreach (var tensor in tensors) stream.Write(halfPrecision ? Halves(tensor.Values) : MemoryMarshal.AsBytes(tensor.Values.AsSpan()));
        });
    }

    private static List<TensorEntry> Layout(IReadOnlyList<NamedTensor> tensors, bool halfPrecision)
    {
        var entries = new List<TensorEntry>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        long at = 0;
        foreach (var tensor in tensors)
        {
            long end = at + tensor.Values.LongLength * (halfPrecision ? 2 : 4);
            var entry = new TensorEntry(tensor.Name, halfPrecision ? "F16" : "F32", tensor.Shape, at, end);
            if (entry.Elements != tensor.Values.Length || !names.Add(tensor.Name))
                throw new ArgumentException($"tensor \"{tensor.Name}\" occurs twice or has {tensor.Values.Length} values for its shape", nameof(tensors));
            entries.Add(entry);
            at = end;
        }
        return entries;
    }

    private static ReadOnlySpan<byte> Halves(float[] values)
    {
        var halves = new Half[values.Length];
        TensorPrimitives.ConvertToHalf(values, halves);
        return MemoryMarshal.AsBytes(halves.AsSpan());
    }
}

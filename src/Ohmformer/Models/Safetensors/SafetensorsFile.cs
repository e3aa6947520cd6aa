using System.Buffers.Binary;
using System.IO.MemoryMappedFiles;
using System.Numerics.Tensors;
using Ohmformer.Files;

namespace Ohmformer.Models.Safetensors;

/// <summary>A safetensors file, mapped into memory and checked when it is opened. Tensors are copied out as floats one by one.</summary>
public sealed class SafetensorsFile : IDisposable
{
    private const int LengthBytes = 8;

    private readonly string _path;
    private readonly long _dataStart;
    private readonly MemoryMappedFile _map;
    private readonly MemoryMappedViewAccessor _view;

    private SafetensorsFile(string path, FileStream stream, IReadOnlyDictionary<string, TensorEntry> tensors, long dataStart)
    {
        _path = path;
        _dataStart = dataStart;
        Tensors = tensors;
        _map = MemoryMappedFile.CreateFromFile(stream, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: false);
        _view = _map.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
    }

    /// <summary>All tensors by name.</summary>
    public IReadOnlyDictionary<string, TensorEntry> Tensors { get; }

    /// <summary>Opens a file and checks its header.</summary>
    /// <exception cref="InputException">The file cannot be read or breaks a rule of the format.</exception>
    public static SafetensorsFile Open(string path)
    {
        var stream = InputFile.Open(path);
        try
        {
            var header = ReadHeader(path, stream);
            long dataStart = LengthBytes + header.Length;
            return new SafetensorsFile(path, stream, SafetensorsHeader.Parse(path, header, stream.Length - dataStart), dataStart);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <summary>The elements of a tensor, row-major.</summary>
    /// <exception cref="InputException">There is no such tensor, it is not F32, F16 or BF16, too large, or holds a NaN or an infinity.</exception>
    public float[] Read(string name)
    {
        if (!Tensors.TryGetValue(name, out var entry)) throw new InputException($"{_path}: no tensor \"{name}\"");
        if (entry.Elements > Array.MaxLength)
            throw new InputException($"{_path}: tensor \"{name}\" has {entry.Elements} elements; at most {Array.MaxLength} fit in memory");
        var values = new float[entry.Elements];
        switch (entry.Dtype)
        {
            case "F32": Copy(entry, values); break;
            case "F16": TensorPrimitives.ConvertToSingle(Copy(entry, new Half[values.Length]), values); break;
            case "BF16": Widen(Copy(entry, new ushort[values.Length]), values); break;
            default: throw new InputException($"{_path}: tensor \"{name}\" has dtype {entry.Dtype}; weights must be F32, F16 or BF16");
        }
        CheckFinite(name, values);
        return values;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _view.Dispose();
        _map.Dispose();
    }

    private static byte[] ReadHeader(string path, FileStream stream)
    {
        if (stream.Length < LengthBytes) throw new InputException($"{path}: {stream.Length} bytes; a safetensors file has at least {LengthBytes}");
        Span<byte> prefix = stackalloc byte[LengthBytes];
        stream.ReadExactly(prefix);
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (length > SafetensorsHeader.MaxBytes)
            throw new InputException($"{path}: claims a header of {length} bytes; at most {SafetensorsHeader.MaxBytes} are read. Is this a safetensors file?");
        if (length > (ulong)(stream.Length - LengthBytes))
            throw new InputException($"{path}: truncated: claims a header of {length} bytes, {stream.Length - LengthBytes} follow");
        var header = new byte[length];
        stream.ReadExactly(header);
        return header;
    }

    private T[] Copy<T>(TensorEntry entry, T[] values) where T : struct
    {
        if (values.Length > 0) _view.ReadArray(_dataStart + entry.Begin, values, 0, values.Length);
        return values;
    }

    /// <summary>bfloat16 is the upper half of a float.</summary>
    private static void Widen(ushort[] halves, float[] values)
    {
        for (int i = 0; i < values.Length; i++) values[i] = BitConverter.UInt32BitsToSingle((uint)halves[i] << 16);
    }

    private void CheckFinite(string name, float[] values)
    {
        int bad = Array.FindIndex(values, v => !float.IsFinite(v));
        if (bad >= 0) throw new InputException($"{_path}: tensor \"{name}\" holds {values[bad]} at index {bad}; weights must be finite");
    }
}

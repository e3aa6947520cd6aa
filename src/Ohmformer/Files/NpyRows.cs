using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Ohmformer.Files;

/// <summary>
/// An array of numbers in a .npy file that is read row by row (slices of the first index) and never held: float16/32/64, C order, little endian. Any
/// number of threads may read at a time.
/// </summary>
public sealed class NpyRows : IDisposable
{
    private readonly string _path;
    private readonly SafeFileHandle _file;
    private readonly long _start;
    private readonly int _elementBytes;

    private NpyRows(string path, SafeFileHandle file, long start, int elementBytes, int[] shape) =>
        (_path, _file, _start, _elementBytes, Shape) = (path, file, start, elementBytes, shape);

    /// <summary>The sizes; one at least.</summary>
    public IReadOnlyList<int> Shape { get; }

    /// <summary>Numbers of one row.</summary>
    public int RowElements => Shape.Skip(1).Aggregate(1, (product, size) => product * size);

    /// <summary>Opens a file.</summary>
    /// <exception cref="InputException">It cannot be read, is damaged, or holds something else.</exception>
    public static NpyRows Open(string path)
    {
        using var stream = InputFile.Open(path);
        var header = NpyHeader.Read(path, stream);
        int element = header.Description switch
        {
            "<f2" => 2,
            "<f4" => 4,
            "<f8" => 8,
            _ => throw new InputException($"{path}: element type '{header.Description}'; supported here are <f2, <f4, <f8"),
        };
        string shape = $"[{string.Join(", ", header.Shape)}]";
        if (header.FortranOrder) throw new InputException($"{path}: is in Fortran order; save the array in C order, for example with numpy.ascontiguousarray");
        if (header.Shape.Length == 0) throw new InputException($"{path}: holds a single number; an array with rows is needed");
        Int128 row = header.Shape.Skip(1).Aggregate((Int128)1, (product, size) => product * size), bytes = row * header.Shape[0] * element;
        if (row * element > Array.MaxLength) throw new InputException($"{path}: a row of shape {shape} has more than {Array.MaxLength} bytes");
        long found = stream.Length - stream.Position;
        if (found != bytes)
            throw new InputException($"{path}: {(found < bytes ? "truncated" : "trailing data")}: shape {shape} of '{header.Description}' has {bytes} bytes, {found} follow the header");
        return new(path, File.OpenHandle(path), stream.Position, element, header.Shape);
    }

    /// <summary>Reads a row.</summary>
    /// <param name="row">Its index.</param>
    /// <param name="values">Receives its <see cref="RowElements"/> numbers.</param>
    /// <exception cref="InputException">The file has become shorter, or a number is not finite in float32.</exception>
    public void Read(int row, Span<float> values)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)row, (uint)Shape[0], nameof(row));
        var bytes = new byte[RowElements * _elementBytes];
        if (RandomAccess.Read(_file, bytes, _start + (long)row * bytes.Length) < bytes.Length) throw new InputException($"{_path}: truncated while it was read");
        for (int i = 0; i < RowElements; i++)
        {
            values[i] = _elementBytes switch
            {
                2 => (float)MemoryMarshal.Cast<byte, Half>(bytes)[i],
                4 => MemoryMarshal.Cast<byte, float>(bytes)[i],
                _ => (float)MemoryMarshal.Cast<byte, double>(bytes)[i],
            };
            if (!float.IsFinite(values[i])) throw new InputException($"{_path}: row {row} holds {values[i]} at number {i}; numbers must be finite");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}

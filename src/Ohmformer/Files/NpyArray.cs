using System.Numerics;
using System.Runtime.InteropServices;

namespace Ohmformer.Files;

/// <summary>
/// An array of NumPy's .npy format (numpy.lib.format, versions 1 to 3): float16/32/64, int8/16/32/64 or uint8, C order, little endian.
/// </summary>
public sealed class NpyArray
{
    /// <summary>Element types by the descriptions that are read.</summary>
    private static readonly Dictionary<string, Type> Types = new(StringComparer.Ordinal)
    {
        ["<f2"] = typeof(Half),
        ["<f4"] = typeof(float),
        ["<f8"] = typeof(double),
        ["|i1"] = typeof(sbyte),
        ["<i2"] = typeof(short),
        ["<i4"] = typeof(int),
        ["<i8"] = typeof(long),
        ["|u1"] = typeof(byte),
    };

    private readonly string _source;

    private NpyArray(string source, Array values, int[] shape) => (_source, Values, Shape) = (source, values, shape);

    /// <summary>The elements, row-major: Half[], float[], double[], sbyte[], short[], int[], long[] or byte[].</summary>
    public Array Values { get; }

    /// <summary>The sizes; none for a single number.</summary>
    public IReadOnlyList<int> Shape { get; }

    /// <summary>An array to be written.</summary>
    /// <param name="values">Elements, row-major, of a type that <see cref="Values"/> lists.</param>
    /// <param name="shape">Sizes whose product is their number.</param>
    /// <exception cref="ArgumentException">The type is another one, or the shape does not fit.</exception>
    public static NpyArray Of<T>(T[] values, params int[] shape) where T : unmanaged
    {
        if (!Types.ContainsValue(typeof(T))) throw new ArgumentException($"{typeof(T)} is no element type of this format", nameof(values));
        if (shape.Aggregate(1L, (product, size) => product * size) != values.Length)
            throw new ArgumentException($"{values.Length} values do not have shape [{string.Join(", ", shape)}]", nameof(shape));
        return new NpyArray("array", values, [.. shape]);
    }

    /// <summary>Reads a file.</summary>
    /// <exception cref="InputException">The file cannot be read, is damaged, or holds an array of another kind.</exception>
    public static NpyArray Load(string path)
    {
        using var stream = InputFile.Open(path);
        var header = NpyHeader.Read(path, stream);
        var type = TypeOf(path, header);
        long bytes = Marshal.SizeOf(type);
        foreach (int size in header.Shape)
            if ((bytes *= size) > Array.MaxLength)
                throw new InputException($"{path}: shape [{string.Join(", ", header.Shape)}] of '{header.Description}' is too large; at most {Array.MaxLength} bytes are read");
        long found = stream.Length - stream.Position;
        if (found != bytes)
            throw new InputException($"{path}: {(found < bytes ? "truncated" : "trailing data")}: shape [{string.Join(", ", header.Shape)}] of '{header.Description}' has {bytes} bytes, {found} follow the header");

        var values = Array.CreateInstance(type, bytes / Marshal.SizeOf(type));
        stream.ReadExactly(Bytes(values));
        return new NpyArray(path, values, header.Shape);
    }

    /// <summary>Writes a file that appears complete or not at all.</summary>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public void Save(string path)
    {
        string description = Types.First(t => t.Value == Values.GetType().GetElementType()).Key;
        byte[] header = new NpyHeader(description, FortranOrder: false, [.. Shape]).Format();
        AtomicFile.Write(path, stream =>
        {
            stream.Write(header);
            stream.Write(Bytes(Values));
        });
    }

    /// <summary>The elements as floats; integers are rounded to the nearest float.</summary>
    /// <exception cref="InputException">A number is outside the range of a float.</exception>
    public float[] ToFloats() => Convert((value, index) => double.IsFinite(value) && float.IsInfinity((float)value)
        ? throw new InputException($"{_source}: element {index} is {value:R}, outside the range of a float")
        : (float)value);

    /// <summary>The elements as whole numbers in a range.</summary>
    /// <exception cref="InputException">An element is not whole or outside the range.</exception>
    public int[] ToInts(int min = int.MinValue, int max = int.MaxValue) => Convert((value, index) => value >= min && value <= max && value == Math.Floor(value)
        ? (int)value
        : throw new InputException($"{_source}: element {index} is {value:R}; it must be a whole number from {min} to {max}"));

    private T[] Convert<T>(Func<double, int, T> convert)
    {
        T[] All<S>(S[] values) where S : INumber<S> => [.. values.Select((value, index) => convert(double.CreateChecked(value), index))];
        return Values switch
        {
            Half[] v => All(v),
            float[] v => All(v),
            double[] v => All(v),
            sbyte[] v when Values.GetType() == typeof(sbyte[]) => All(v),
            byte[] v => All(v),
            short[] v => All(v),
            int[] v => All(v),
            _ => All((long[])Values),
        };
    }

    private static Type TypeOf(string path, NpyHeader header)
    {
        string description = header.Description is "<i1" or "<u1" ? "|" + header.Description[1..] : header.Description;
        if (!Types.TryGetValue(description, out var type))
            throw new InputException($"{path}: element type '{header.Description}'; supported are {string.Join(", ", Types.Keys)}");
        if (header.FortranOrder)
            throw new InputException($"{path}: is in Fortran order; save the array in C order, for example with numpy.ascontiguousarray");
        return type;
    }

    private static Span<byte> Bytes(Array values) =>
        MemoryMarshal.CreateSpan(ref MemoryMarshal.GetArrayDataReference(values), values.Length * Marshal.SizeOf(values.GetType().GetElementType()!));
}

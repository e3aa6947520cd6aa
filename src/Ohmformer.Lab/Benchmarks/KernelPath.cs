using Ohmformer.Arrays;
using Ohmformer.Numerics;

namespace Ohmformer.Lab.Benchmarks;

/// <summary>Sizes of a product [tokens, inputs] times [inputs, outputs].</summary>
internal readonly record struct ProductSize(int Tokens, int Inputs, int Outputs)
{
    /// <summary>Multiply-adds.</summary>
    public double Macs => (double)Tokens * Inputs * Outputs;
}

/// <summary>One way to compute a matrix product, with operands.</summary>
internal sealed class KernelPath
{
    /// <summary>Cells that one product of 8-bit integers reads: 8 input bits times 4 slices times 2 columns.</summary>
    public const int CellsPerMac = 64;

    private const double LargestInteger = 127, Sigmas = 3.5;

    private readonly Action _product;
    private readonly int _repeats;

    private KernelPath(string name, ProductSize size, int repeats, PeakLoop limit, double operationsPerMac, Action product)
    {
        Name = name;
        Size = size;
        Limit = limit;
        OperationsPerMac = operationsPerMac;
        _product = product;
        _repeats = repeats;
    }

    /// <summary>Name in the results.</summary>
    public string Name { get; }

    /// <summary>Sizes of one product.</summary>
    public ProductSize Size { get; }

    /// <summary>The loop that no implementation of this kind can outrun.</summary>
    public PeakLoop Limit { get; }

    /// <summary>Operations of <see cref="Limit"/> that one MAC needs.</summary>
    public double OperationsPerMac { get; }

    /// <summary>MACs of one <see cref="Run"/>.</summary>
    public double Macs => Size.Macs * _repeats;

    /// <summary>Whether cells are read, or a product of floats is computed.</summary>
    public bool ReadsCells { get; private init; } = true;

    /// <summary>Computes the product some times, some milliseconds of work for a fast path.</summary>
    public void Run()
    {
        for (int i = 0; i < _repeats; i++) _product();
    }

    /// <summary>Single-precision product.</summary>
    public static KernelPath Float(ProductSize size, Workers workers)
    {
        float[] x = Normal(size.Tokens * size.Inputs, 1), w = Normal(size.Inputs * size.Outputs, 2), y = new float[size.Tokens * size.Outputs];
        return new("float GEMM", size, 4, PeakLoops.MultiplyAdds, 1, () => Gemm.Multiply(x, w, size.Tokens, size.Inputs, size.Outputs, workers, y)) { ReadsCells = false };
    }

    /// <summary>Ideal cells whose reads provably give the integer product.</summary>
    public static KernelPath Exact(ProductSize size, Workers workers, int rows = BenchmarkDesigns.Rows) =>
        Array("exact integer", KernelKind.Exact, BenchmarkDesigns.Ideal(rows), size, 8, PeakLoops.IntegerDots, 1, workers);

    /// <summary>Ideal cells by tables of saturating bytes.</summary>
    public static KernelPath Bytes(ProductSize size, Workers workers, int rows = BenchmarkDesigns.Rows) =>
        Array("saturating bytes", KernelKind.Byte, BenchmarkDesigns.Ideal(rows), size, 2, PeakLoops.ByteLookups, CellsPerMac, workers);

    /// <summary>Cells with write noise.</summary>
    public static KernelPath Lookup(ProductSize size, Workers workers, bool readNoise, int rows = BenchmarkDesigns.Rows) => Array(
        readNoise ? "noisy cells lookup + read noise" : "noisy cells lookup",
        KernelKind.Lookup, BenchmarkDesigns.Noisy(readNoise, rows), size, 1, PeakLoops.WordLookups, CellsPerMac, workers);

    /// <summary>Cells with write noise, by vectors of floats.</summary>
    public static KernelPath Vector(ProductSize size, Workers workers) =>
        Array("vector kernel", KernelKind.Vector, BenchmarkDesigns.Noisy(readNoise: false), size, 1, PeakLoops.MultiplyAdds, CellsPerMac, workers);

    /// <summary>Cells with write noise, one by one: one lane of the vectors is used.</summary>
    public static KernelPath Reference(ProductSize size) => Array(
        "scalar reference", KernelKind.Reference, BenchmarkDesigns.Noisy(readNoise: false), size, 1, PeakLoops.MultiplyAdds, CellsPerMac * PeakLoops.FloatLanes, Workers.One);

    private static KernelPath Array(
        string name, KernelKind kind, MacroSpec spec, ProductSize size, int repeats, PeakLoop limit, double operationsPerMac, Workers workers)
    {
        var macro = new Macro(spec, seed: 1, kernel: kind, workers: workers);
        var matrix = macro.Program(Integers(size.Inputs * size.Outputs, 2), size.Inputs, size.Outputs, new(0));
        int[] x = Integers(size.Tokens * size.Inputs, 1);
        var y = new double[size.Tokens * size.Outputs];
        return new(name, size, repeats, limit, operationsPerMac, () => macro.Multiply(matrix, image: 0, x, size.Tokens, y));
    }

    /// <summary>Numbers of a normal distribution.</summary>
    private static float[] Normal(int length, ulong seed)
    {
        var values = new float[length];
        Gaussian.Fill(new(seed, NoisePurpose.Initialization, 0), 0, values);
        return values;
    }

    /// <summary>Integers of a normal distribution, as a quantizer makes them of weights and activations.</summary>
    private static int[] Integers(int length, ulong seed) =>
        [.. Normal(length, seed).Select(v => (int)Math.Clamp(Math.Round(v * LargestInteger / Sigmas), -LargestInteger, LargestInteger))];
}

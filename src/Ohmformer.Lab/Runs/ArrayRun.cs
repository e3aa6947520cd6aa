using System.Diagnostics;
using System.Runtime.ExceptionServices;
using Ohmformer.Arrays;
using Ohmformer.Circuits.Adc;
using Ohmformer.Files;
using Ohmformer.Lab.Designs;
using Ohmformer.Numerics;

namespace Ohmformer.Lab.Runs;

/// <summary>What one matrix product on a macro did.</summary>
public sealed record ArrayResult
{
    /// <summary>Version of Ohmformer that made the result.</summary>
    public required string Version { get; init; }

    /// <summary>The hardware design.</summary>
    public required string Design { get; init; }

    /// <summary>Seed of the noise.</summary>
    public required ulong Seed { get; init; }

    /// <summary>Vectors multiplied.</summary>
    public required int Tokens { get; init; }

    /// <summary>Inner size.</summary>
    public required int Inputs { get; init; }

    /// <summary>Columns of the result.</summary>
    public required int Outputs { get; init; }

    /// <summary>Share of conversions of the first block of vectors outside the converter's range; null without a converter.</summary>
    public double? ClippedShare { get; init; }

    /// <summary>Signal-to-noise ratio against the exact integer product, in dB; null when they are equal.</summary>
    public double? SnrDecibel { get; init; }

    /// <summary>Seconds per vector of the fastest block of vectors.</summary>
    public required double SecondPerVector { get; init; }

    /// <summary>How often each component acted, writes included.</summary>
    public required ActivityCounts Counts { get; init; }
}

/// <summary>One integer matrix product on the weight macro of a design, for other programs.</summary>
public static class ArrayRun
{
    /// <summary>Vectors that are multiplied at once; the read noise counts each block as one input of the network.</summary>
    public const int BlockTokens = 64;

    /// <summary>y = x W on the arrays.</summary>
    /// <param name="weightsPath">.npy file of integers, shape [k, n].</param>
    /// <param name="inputsPath">.npy file of integers, shape [t, k].</param>
    /// <param name="designName">Name or file of the design.</param>
    /// <param name="output">.npy file to write, shape [t, n], float64, in integer units.</param>
    /// <param name="seed">Seed of the noise.</param>
    /// <param name="threads">Worker threads; the result does not depend on them.</param>
    /// <param name="progress">Is told about every block of vectors.</param>
    /// <param name="cancellation">Stops between blocks; nothing is written then.</param>
    /// <exception cref="InputException">A file cannot be used, shapes do not fit, or an operand is out of range.</exception>
    /// <exception cref="OperationCanceledException">The user interrupted.</exception>
    public static ArrayResult Multiply(
        string weightsPath, string inputsPath, string designName, string output, ulong seed,
        int threads, IProgress<PhaseProgress> progress, CancellationToken cancellation)
    {
        var design = DesignFile.Load(designName);
        var weights = Matrix.Load(weightsPath, "[k, n]");
        var inputs = Matrix.Load(inputsPath, "[t, k]");
        if (inputs.Columns != weights.Rows)
        {
            throw new InputException(
                $"{inputsPath}: the shape is [{inputs.Rows}, {inputs.Columns}], but {weightsPath} is [{weights.Rows}, {weights.Columns}]; the inputs need {weights.Rows} columns.");
        }
        if ((long)inputs.Rows * weights.Columns > Array.MaxLength)
            throw new InputException($"{inputsPath}: the result [{inputs.Rows}, {weights.Columns}] has more than {Array.MaxLength} numbers; split the inputs.");

        using var workers = ImageLoop.WorkersFor(BlocksOf(inputs), threads);
        var options = new ParallelOptions { MaxDegreeOfParallelism = workers.Threads > 1 ? 1 : threads, CancellationToken = cancellation };
        var product = new Product(design.Weights, weights, inputs, seed, workers, options, progress);
        double[] y = new double[inputs.Rows * weights.Columns];
        var totals = product.Run(y);
        NpyArray.Of(y, inputs.Rows, weights.Columns).Save(output);
        return new()
        {
            Version = Versions.Version,
            Design = design.Name,
            Seed = seed,
            Tokens = inputs.Rows,
            Inputs = weights.Rows,
            Outputs = weights.Columns,
            ClippedShare = !design.Weights.Converts ? null : totals.Statistics!.ClippedShare,
            SnrDecibel = totals.Error > 0 ? 10 * Math.Log10(totals.Signal / totals.Error) : null,
            SecondPerVector = totals.SecondPerVector,
            Counts = totals.Counts,
        };
    }

    /// <summary>An integer matrix and the file it comes from.</summary>
    private sealed record Matrix(string Path, int[] Values, int Rows, int Columns)
    {
        public static Matrix Load(string path, string shape)
        {
            var array = NpyArray.Load(path);
            if (array.Shape.Count != 2) throw new InputException($"{path}: the array has {array.Shape.Count} axes; a matrix {shape} is needed.");
            if (array.Values.Length == 0) throw new InputException($"{path}: the shape is [{string.Join(", ", array.Shape)}]; a matrix {shape} with at least one number is needed.");
            return new(path, array.ToInts(), array.Shape[0], array.Shape[1]);
        }

        /// <summary>Names the file where the library knows only numbers.</summary>
        public T Blamed<T>(Func<T> use)
        {
            try
            {
                return use();
            }
            catch (InputException e)
            {
                throw new InputException($"{Path}: {e.Message}", e);
            }
        }
    }

    private static int BlocksOf(Matrix inputs) => (inputs.Rows + BlockTokens - 1) / BlockTokens;

    /// <summary>What blocks add up to; the statistics are of those blocks that were recorded, the time is that of the fastest.</summary>
    private sealed record Totals(ActivityCounts Counts, ReadStatistics? Statistics, double Signal, double Error, double SecondPerVector);

    /// <summary>The product, block by block.</summary>
    private sealed class Product(MacroSpec spec, Matrix weights, Matrix inputs, ulong seed, Workers workers, ParallelOptions options, IProgress<PhaseProgress> progress)
    {
        private readonly MacroSite _site = new(0, UnsignedInputs: spec.InputCoding == InputCoding.Unsigned);

        private int Blocks => BlocksOf(inputs);

        public Totals Run(double[] y)
        {
            var macro = new Macro(spec, seed, Calibration(), workers: workers);
            var matrix = weights.Blamed(() => macro.Program(weights.Values, weights.Rows, weights.Columns, _site));
            var totals = Multiply("array", macro, matrix, recorded: 1, y);
            return totals with { Counts = totals.Counts + matrix.Writes };
        }

        /// <summary>Ranges of calibrated converters: what the same inputs put on the bit lines, on a chip of its own.</summary>
        private AdcCalibration? Calibration()
        {
            if (!spec.Converts || spec.Adc is not { Range: { Kind: AdcRangeKind.Calibrated } range }) return null;
            var open = new Macro(spec with { Adc = null }, AdcCalibration.Seed);
            var matrix = weights.Blamed(() => open.Program(weights.Values, weights.Rows, weights.Columns, _site));
            var totals = Multiply("calibration", open, matrix, recorded: Blocks, new double[inputs.Rows * weights.Columns]);
            var calibration = new AdcCalibration();
            calibration.Set(_site.Id, totals.Statistics!, range.Percentile);
            return calibration;
        }

        /// <param name="phase">Name for the progress.</param>
        /// <param name="macro">The macro.</param>
        /// <param name="matrix">The weights.</param>
        /// <param name="recorded">First blocks whose bit lines are recorded, which takes the slowest of the kernels.</param>
        /// <param name="y">The result.</param>
        private Totals Multiply(string phase, Macro macro, ProgrammedMatrix matrix, int recorded, double[] y)
        {
            progress.Report(new(phase, 0, Blocks));
            var blocks = new Totals[Blocks];
            int done = 0;
            try
            {
                Parallel.For(0, Blocks, options, block =>
                {
                    blocks[block] = inputs.Blamed(() => MultiplyBlock(macro, matrix, block, block < recorded, y));
                    progress.Report(new(phase, Interlocked.Increment(ref done), Blocks));
                });
            }
            catch (AggregateException failures)
            {
                ExceptionDispatchInfo.Throw(failures.InnerExceptions[0]);
            }
            return blocks.Aggregate(Sum);
        }

        private Totals MultiplyBlock(Macro macro, ProgrammedMatrix matrix, int block, bool record, double[] y)
        {
            int first = block * BlockTokens, tokens = Math.Min(BlockTokens, inputs.Rows - first), k = weights.Rows, n = weights.Columns;
            var x = inputs.Values.AsSpan(first * k, tokens * k);
            var result = y.AsSpan(first * n, tokens * n);
            var statistics = record ? new ReadStatistics(macro.Spec, _site.UnsignedInputs) : null;
            long start = Stopwatch.GetTimestamp();
            var counts = macro.Multiply(matrix, image: block, x, tokens, result, statistics);
            double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            var (signal, error) = Powers(x, weights.Values, n, result);
            return new(counts, statistics, signal, error, seconds / tokens);
        }

        private static Totals Sum(Totals a, Totals b)
        {
            if (b.Statistics is not null) a.Statistics!.Add(b.Statistics); // The first block is always recorded.
            return new(a.Counts + b.Counts, a.Statistics, a.Signal + b.Signal, a.Error + b.Error, Math.Min(a.SecondPerVector, b.SecondPerVector));
        }
    }

    /// <summary>The sums of squares of the exact product and of the difference of a result to it.</summary>
    private static (double Signal, double Error) Powers(ReadOnlySpan<int> x, int[] w, int n, ReadOnlySpan<double> y)
    {
        double signal = 0, error = 0;
        int k = w.Length / n;
        long[] exact = new long[n];
        for (int t = 0; t * n < y.Length; t++)
        {
            Array.Clear(exact);
            for (int i = 0; i < k; i++)
                for (int j = 0; j < n; j++) exact[j] += (long)x[t * k + i] * w[i * n + j];
            for (int j = 0; j < n; j++)
            {
                double difference = y[t * n + j] - exact[j];
                signal += (double)exact[j] * exact[j];
                error += difference * difference;
            }
        }
        return (signal, error);
    }
}

using Ohmformer.Numerics;

namespace Ohmformer.Arrays;

/// <summary>Computes some blocks of <see cref="ProgrammedMatrix.Lanes"/> outputs for all vectors, independently of the others.</summary>
internal interface IBlockReader
{
    /// <summary>Overwrites the outputs of some blocks.</summary>
    static abstract void Read(ProgrammedMatrix matrix, in MacroRead read, ReadOnlySpan<int> blocks, Span<double> y);
}

/// <summary>Blocks of outputs shared among workers.</summary>
internal static class BlockLoop
{
    /// <summary>Parts that each thread finds on average: enough to even out, few enough that what parts share is not done often.</summary>
    private const int PartsPerThread = 2;

    /// <summary>Reads blocks on the workers of a read. Where bit-line values are recorded, one thread reads them all.</summary>
    public static unsafe void Run<TReader>(ProgrammedMatrix matrix, in MacroRead read, int[] blocks, Span<double> y)
        where TReader : IBlockReader
    {
        if (read.Workers.Threads == 1 || read.Statistics is not null)
        {
            TReader.Read(matrix, read, blocks, y);
            return;
        }
        int grain = Math.Max(1, blocks.Length / (read.Workers.Threads * PartsPerThread));
        fixed (int* x = read.X)
        fixed (double* result = y)
            read.Workers.Run(blocks.Length, grain, new Loop<TReader>(matrix, read.Seed, read.Image, x, read.X.Length, read.Tokens, blocks, result, y.Length));
    }

    private readonly unsafe struct Loop<TReader>(
        ProgrammedMatrix matrix, ulong seed, int image, int* x, int inputs, int tokens, int[] blocks, double* y, int outputs) : IParallelLoop
        where TReader : IBlockReader
    {
        public void Run(int first, int limit, int slot) => TReader.Read(
            matrix, new() { Seed = seed, Image = image, X = new(x, inputs), Tokens = tokens, Workers = Workers.One }, blocks.AsSpan(first, limit - first), new(y, outputs));
    }
}

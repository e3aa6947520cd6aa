namespace Ohmformer.Numerics;

/// <summary>An integer product whose tokens are shared among workers.</summary>
internal static class IntegerTokens
{
    /// <summary>Tokens that a worker takes at once: whole register blocks of every kernel, whose packed inputs stay in the first-level cache.</summary>
    private const int ChunkTokens = 48;

    /// <summary>y = x W, exactly.</summary>
    /// <param name="matrix">W.</param>
    /// <param name="x">Shape [tokens, inputs].</param>
    /// <param name="tokens">Vectors.</param>
    /// <param name="workers">The threads.</param>
    /// <param name="y">Shape [tokens, outputs]; overwritten.</param>
    /// <exception cref="ArgumentException">An input has more than 16 bits.</exception>
    public static unsafe void Multiply(this IntegerMatrix matrix, ReadOnlySpan<int> x, int tokens, Workers workers, Span<double> y)
    {
        if (tokens == 0) return;
        fixed (int* px = x)
        fixed (double* py = y)
            workers.Run((tokens + ChunkTokens - 1) / ChunkTokens, 1, new TokenChunks(matrix, px, tokens, x.Length / tokens, py, y.Length / tokens));
    }

    private readonly unsafe struct TokenChunks(IntegerMatrix matrix, int* x, int tokens, int inputs, double* y, int outputs) : IParallelLoop
    {
        public void Run(int first, int limit, int slot)
        {
            int token = first * ChunkTokens, count = Math.Min(limit * ChunkTokens, tokens) - token;
            matrix.Multiply(new(x + (nint)token * inputs, count * inputs), count, new Span<double>(y + (nint)token * outputs, count * outputs));
        }
    }
}

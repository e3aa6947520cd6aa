using Ohmformer.Numerics;

namespace Ohmformer.Arrays;

/// <summary>Which arithmetic reads the arrays. All give the same bits.</summary>
public enum KernelKind
{
    /// <summary>The fastest, or what the environment variable OHMFORMER_KERNEL names.</summary>
    Auto,

    /// <summary>The scalar reading of the numeric model, line by line.</summary>
    Reference,

    /// <summary>Columns side by side in vector lanes.</summary>
    Vector,

    /// <summary>Tables of partial sums where conductances lie on a grid, else <see cref="Vector"/>.</summary>
    Lookup,

    /// <summary>Tables of partial sums that need no AVX-512, where conductances lie on a grid without read noise, else <see cref="Vector"/>.</summary>
    Gather,

    /// <summary>Tables of bytes where cells are free of errors, else <see cref="Vector"/>.</summary>
    Byte,

    /// <summary>One integer product where the reads provably give it, else <see cref="Vector"/>.</summary>
    Exact,
}

/// <summary>Reads programmed arrays: planes, noise, conversion and recombination (docs/theory/numeric-model.md).</summary>
internal interface IMacroKernel
{
    /// <summary>Derives from a matrix, once it is written, what this kernel needs to read it.</summary>
    /// <param name="matrix">What is programmed.</param>
    /// <param name="weights">What was to be programmed, shape [inputs, outputs].</param>
    void Prepare(ProgrammedMatrix matrix, ReadOnlySpan<int> weights)
    {
    }

    /// <summary>y = x W as the macro computes it, in integer units.</summary>
    /// <param name="matrix">What is programmed.</param>
    /// <param name="read">What drives the lines.</param>
    /// <param name="y">Shape [tokens, outputs]; overwritten.</param>
    /// <returns>Reads and conversions.</returns>
    ActivityCounts Multiply(ProgrammedMatrix matrix, in MacroRead read, Span<double> y);
}

/// <summary>The vectors that drive a programmed matrix.</summary>
internal readonly ref struct MacroRead
{
    /// <summary>Seed of the run.</summary>
    public required ulong Seed { get; init; }

    /// <summary>Index of the input; keys the noise.</summary>
    public required int Image { get; init; }

    /// <summary>Shape [tokens, inputs].</summary>
    public required ReadOnlySpan<int> X { get; init; }

    /// <summary>Vectors.</summary>
    public required int Tokens { get; init; }

    /// <summary>Threads for blocks of columns.</summary>
    public required Workers Workers { get; init; }

    /// <summary>Where bit-line values are recorded; null for nowhere.</summary>
    public ReadStatistics? Statistics { get; init; }
}

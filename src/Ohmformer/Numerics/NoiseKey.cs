using System.Runtime.Intrinsics;

namespace Ohmformer.Numerics;

/// <summary>What a random number is used for. Every purpose has its own stream, so switching one noise on changes no other.</summary>
public enum NoisePurpose
{
    /// <summary>Programming error of a write.</summary>
    Write = 1,

    /// <summary>Noise of a read.</summary>
    Read = 2,

    /// <summary>Spread of the drift exponent.</summary>
    Drift = 3,

    /// <summary>Which cells are stuck.</summary>
    Stuck = 4,

    /// <summary>Fixed errors of a converter.</summary>
    AdcMismatch = 5,

    /// <summary>Comparator noise of a conversion.</summary>
    AdcNoise = 6,

    /// <summary>Initial weights of a training.</summary>
    Initialization = 16,

    /// <summary>Order of the training samples.</summary>
    Shuffle = 17,

    /// <summary>Augmentation of a training sample.</summary>
    Augmentation = 18,

    /// <summary>Bootstrap and other sampling of results.</summary>
    Sampling = 19,

    /// <summary>What a network forgets at random while it is trained.</summary>
    Dropout = 20,

    /// <summary>Noise of the weights in a forward pass of a training.</summary>
    ForwardWeight = 21,

    /// <summary>Noise of keys and values in a forward pass of a training.</summary>
    ForwardOperand = 22,

    /// <summary>Initial weights of blocks that take the place of attention.</summary>
    Transformation = 23,
}

/// <summary>
/// Names one stream of random words. Index i of a stream is a pure function of the key, whatever the threads, the batch and
/// the other streams do (docs/theory/numeric-model.md, randomness).
/// </summary>
public readonly struct NoiseKey
{
    /// <summary>Upper bounds (exclusive) of the packed fields.</summary>
    public const int MaxSite = 1 << 24, MaxTile = 1 << 12, MaxColumn = 1 << 20;

    private readonly uint _k0, _k1, _c1, _c2, _c3;

    /// <summary>A stream for one column of one tile.</summary>
    /// <param name="seed">Seed of the run.</param>
    /// <param name="purpose">What the numbers are used for.</param>
    /// <param name="site">Matrix product in the network (<c>ProductSite.Id</c>), below 2^24.</param>
    /// <param name="image">Index of the input plus 1; 0 for what happens once per run.</param>
    /// <param name="tile">Row tile, below 2^12.</param>
    /// <param name="column">Physical column, or head and column, below 2^20.</param>
    /// <exception cref="ArgumentOutOfRangeException">A field does not fit.</exception>
    public NoiseKey(ulong seed, NoisePurpose purpose, int site, int image = 0, int tile = 0, int column = 0)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)site, (uint)MaxSite);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)tile, (uint)MaxTile);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)column, (uint)MaxColumn);
        _k0 = (uint)seed;
        _k1 = (uint)(seed >> 32);
        _c1 = ((uint)tile << 20) | (uint)column;
        _c2 = (uint)image;
        _c3 = ((uint)purpose << 24) | (uint)site;
    }

    /// <summary>Four consecutive words: indices 4 block to 4 block + 3.</summary>
    public (uint X0, uint X1, uint X2, uint X3) Block(uint block) => Philox.Block(block, _c1, _c2, _c3, _k0, _k1);

    /// <summary>The words of blocks <paramref name="block"/> to <paramref name="block"/> + 7 of this stream, one block per lane.</summary>
    internal PhiloxLanes NextBlocks(uint block) => PhiloxLanes.Compute(
        Vector512.Create((ulong)block) + Vector512<ulong>.Indices, Vector512.Create((ulong)_c1), _c2, _c3, _k0, _k1);

    /// <summary>One block of the streams of 16 neighboring columns, one column per lane.</summary>
    internal void NextColumns(uint block, out Vector512<uint> x0, out Vector512<uint> x1, out Vector512<uint> x2, out Vector512<uint> x3) =>
        PhiloxLanes.Neighbors(block, _c1, _c2, _c3, _k0, _k1, out x0, out x1, out x2, out x3);

    /// <summary>The words of two times eight blocks of this stream.</summary>
    internal void TwoRuns(Vector512<ulong> first, Vector512<ulong> second, out Vector512<uint> x0, out Vector512<uint> x1, out Vector512<uint> x2, out Vector512<uint> x3)
    {
        var column = Vector512.Create((ulong)_c1);
        PhiloxLanes.Sixteen(first, column, second, column, _c2, _c3, _k0, _k1, out x0, out x1, out x2, out x3);
    }

    /// <summary>The word at an index.</summary>
    public uint Word(uint index)
    {
        var (x0, x1, x2, x3) = Block(index >> 2);
        return (index & 3) switch { 0 => x0, 1 => x1, 2 => x2, _ => x3 };
    }
}

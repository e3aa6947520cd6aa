using Ohmformer.Numerics;

namespace Ohmformer.Training;

/// <summary>Numbers drawn one after another from a stream of random words.</summary>
/// <param name="key">Names the stream.</param>
internal struct RandomStream(NoiseKey key)
{
    private (uint X0, uint X1, uint X2, uint X3) _block;
    private uint _drawn;

    /// <summary>The next word.</summary>
    public uint NextWord()
    {
        uint lane = _drawn & 3;
        if (lane == 0) _block = key.Block(_drawn >> 2);
        _drawn++;
        return lane switch { 0 => _block.X0, 1 => _block.X1, 2 => _block.X2, _ => _block.X3 };
    }

    /// <summary>Uniform in (0, 1), the middles of 2^32 equal intervals.</summary>
    public double NextUniform() => (NextWord() + 0.5) / 4294967296.0;

    /// <summary>Uniform in (-limit, limit).</summary>
    public double NextWithin(double limit) => (2 * NextUniform() - 1) * limit;

    /// <summary>An integer from 0 to below a bound, by multiplication and shift; the bias is below bound / 2^32.</summary>
    public int NextBelow(int bound) => (int)((ulong)NextWord() * (uint)bound >> 32);

    /// <summary>Normal with mean 0 and deviation 1 (Box and Muller, 1958).</summary>
    public double NextNormal()
    {
        double radius = Math.Sqrt(-2 * Math.Log(NextUniform()));
        return radius * Math.Cos(2 * Math.PI * NextUniform());
    }
}

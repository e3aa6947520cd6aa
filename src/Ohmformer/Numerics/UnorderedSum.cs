namespace Ohmformer.Numerics;

/// <summary>
/// A sum of numbers that arrive from several threads in any order: they are kept and added smallest first, so that the result is the
/// same to the last bit. For few addends; not thread-safe.
/// </summary>
internal sealed class UnorderedSum
{
    private readonly List<double> _addends = [];

    /// <summary>The sum.</summary>
    public double Value => _addends.Order().Sum();

    /// <summary>Adds a number.</summary>
    public void Add(double addend) => _addends.Add(addend);
}

using System.Collections.Concurrent;

namespace Ohmformer.Mapping;

/// <summary>
/// Memory of operands that are written anew for every input and head: one that is no longer needed is written over. Thread-safe.
/// </summary>
/// <typeparam name="TMatrix">What is written besides the integers.</typeparam>
internal sealed class DynamicOperands<TMatrix>
    where TMatrix : class
{
    private readonly ConcurrentDictionary<(int Site, int Inputs, int Outputs), ConcurrentBag<DynamicOperand<TMatrix>>> _spare = new();

    /// <summary>An operand of a size for a product, perhaps used before for the same product.</summary>
    public DynamicOperand<TMatrix> Take(ProductSite site, DynamicSize size) => Spare(site.Id, size.K, size.N).TryTake(out var operand)
        ? operand
        : new() { Integers = new(size.K, size.N), Site = site.Id, Size = size };

    /// <summary>Gives an operand back.</summary>
    public void Return(DynamicOperand<TMatrix> operand) => Spare(operand.Site, operand.Size.K, operand.Size.N).Add(operand);

    private ConcurrentBag<DynamicOperand<TMatrix>> Spare(int site, int inputs, int outputs) => _spare.GetOrAdd((site, inputs, outputs), static _ => []);
}

/// <summary>An operand that was written for one input and head.</summary>
/// <typeparam name="TMatrix">What is written besides the integers.</typeparam>
internal sealed class DynamicOperand<TMatrix>
    where TMatrix : class
{
    /// <summary>Integers and scales.</summary>
    public required ProgrammedOperand Integers { get; init; }

    /// <summary>What was written last; null at first.</summary>
    public TMatrix? Matrix { get; set; }

    /// <summary>Number of the product.</summary>
    public required int Site { get; init; }

    /// <summary>Sizes of the product it was made for.</summary>
    public required DynamicSize Size { get; init; }
}

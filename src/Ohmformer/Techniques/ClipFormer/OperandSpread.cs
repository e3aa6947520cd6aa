using Ohmformer.Mapping;

namespace Ohmformer.Techniques.ClipFormer;

/// <summary>How the magnitudes of one dynamic operand lie in the range of its conductances.</summary>
/// <param name="MeanMagnitude">Mean of |W| / wMax.</param>
/// <param name="Above">Share of the values with |W| / wMax above the upper bound.</param>
/// <param name="Below">Share of the values with |W| / wMax below the lower bound.</param>
public sealed record RangeUse(double MeanMagnitude, double Above, double Below);

/// <summary>
/// Measures how K and V fill the range [0, wMax] that they are mapped to, wMax over one head of one input: what stage II of ClipFormer
/// (arXiv 2402.02586, algorithm 1) clips and stage I sets to zero, before either is done. A wrapper of any arithmetic; results pass unchanged. Thread-safe.
/// </summary>
/// <param name="products">The arithmetic.</param>
/// <param name="lower">Share of wMax below which a value counts as low, for example alpha/(R - 1).</param>
/// <param name="upper">Share of wMax above which a value counts as high, for example (beta R - 1)/(R - 1).</param>
public sealed class OperandSpread(IMatrixProduct products, double lower, double upper) : IMatrixProduct
{
    private readonly Counts _keys = new(), _values = new();

    private sealed class Counts
    {
        public long Values { get; set; }

        public long Above { get; set; }

        public long Below { get; set; }

        public Numerics.UnorderedSum Magnitudes { get; } = new();

        public RangeUse Use => new(Magnitudes.Value / Values, (double)Above / Values, (double)Below / Values);
    }

    /// <summary>The keys of all heads and inputs so far; NaN without any.</summary>
    public RangeUse Keys => _keys.Use;

    /// <summary>The values of all heads and inputs so far; NaN without any.</summary>
    public RangeUse Values => _values.Use;

    /// <inheritdoc/>
    public IStaticProduct Program(ProductSite site, ReadOnlySpan<float> weights, int inputs, int outputs) => products.Program(site, weights, inputs, outputs);

    /// <inheritdoc/>
    public void Multiply(ProductSite site, int image, int head, ReadOnlySpan<float> driven, ReadOnlySpan<float> programmed, DynamicSize size, Span<float> result)
    {
        products.Multiply(site, image, head, driven, programmed, size, result);
        Add(site.Class == LayerClass.Scores ? _keys : _values, programmed);
    }

    private void Add(Counts counts, ReadOnlySpan<float> operand)
    {
        double largest = 0, sum = 0;
        foreach (float value in operand) largest = Math.Max(largest, Math.Abs((double)value));
        if (largest == 0) return;
        long above = 0, below = 0;
        foreach (float value in operand)
        {
            double share = Math.Abs((double)value) / largest;
            sum += share;
            if (share > upper) above++;
            if (share < lower) below++;
        }
        lock (counts)
        {
            counts.Values += operand.Length;
            counts.Above += above;
            counts.Below += below;
            counts.Magnitudes.Add(sum);
        }
    }
}

using System.Collections.Concurrent;
using Ohmformer.Files;
using Ohmformer.Numerics;

namespace Ohmformer.Mapping;

/// <summary>
/// Ranges of operands found on calibration inputs: a percentile of the magnitudes, per product of the network and head. They are
/// fixed before the run, so no maximum has to be found at run time, and no token changes the integers of another.
/// </summary>
public sealed class QuantizationRanges
{
    private readonly Dictionary<(int Site, int Head, bool Programmed), FixedRange> _ranges = [];

    private QuantizationRanges(Recorder recorder)
    {
        foreach (var (key, (magnitudes, percentile)) in recorder.Seen) _ranges[key] = new(magnitudes.Percentile(percentile));
    }

    /// <summary>Finds the ranges that a quantization asks for.</summary>
    /// <param name="quantization">Which operands have a percentile.</param>
    /// <param name="run">Runs the network on the calibration inputs with the given arithmetic: that of <paramref name="products"/>.</param>
    /// <param name="products">The arithmetic; single precision by default.</param>
    /// <exception cref="InputException">An operand is not finite.</exception>
    public static QuantizationRanges Calibrate(QuantizationSpec quantization, Action<IMatrixProduct> run, IMatrixProduct? products = null)
    {
        ArgumentNullException.ThrowIfNull(quantization);
        ArgumentNullException.ThrowIfNull(run);
        var recorder = new Recorder(quantization, products ?? new FloatProduct());
        run(recorder);
        return new(recorder);
    }

    /// <summary>The range of an operand.</summary>
    /// <param name="site">The product.</param>
    /// <param name="head">Head of a dynamic product; 0 of static ones.</param>
    /// <param name="programmed">Whether it is the operand that is programmed.</param>
    /// <exception cref="InputException">The operand did not occur in the calibration.</exception>
    internal FixedRange Of(ProductSite site, int head, bool programmed) => _ranges.TryGetValue((site.Id, head, programmed), out var range)
        ? range
        : throw new InputException($"{site.Name}: quantization asks for a percentile, but the calibration inputs did not reach this product; calibrate with the same network.");

    /// <summary>Records the operands of the products that pass.</summary>
    private sealed class Recorder(QuantizationSpec quantization, IMatrixProduct products) : IMatrixProduct
    {
        public ConcurrentDictionary<(int Site, int Head, bool Programmed), (Magnitudes Magnitudes, double Percentile)> Seen { get; } = new();

        public IStaticProduct Program(ProductSite site, ReadOnlySpan<float> weights, int inputs, int outputs) =>
            new StaticProduct(this, site, inputs, products.Program(site, weights, inputs, outputs));

        public void Multiply(ProductSite site, int image, int head, ReadOnlySpan<float> driven, ReadOnlySpan<float> programmed, DynamicSize size, Span<float> result)
        {
            Record(quantization.Driven(size.Probabilities), (site.Id, head, false), driven[..(size.M * size.K)]);
            Record(quantization.Programmed(size.Probabilities), (site.Id, head, true), programmed[..(size.K * size.N)]);
            products.Multiply(site, image, head, driven, programmed, size, result);
        }

        private void Record(OperandQuantization operand, (int, int, bool) key, ReadOnlySpan<float> values)
        {
            if (operand.Percentile is not { } percentile) return;
            var magnitudes = Seen.GetOrAdd(key, static (_, percentile) => (new(), percentile), percentile).Magnitudes;
            lock (magnitudes) magnitudes.Add(values);
        }

        private sealed class StaticProduct(Recorder recorder, ProductSite site, int inputs, IStaticProduct product) : IStaticProduct
        {
            public void Multiply(int image, ReadOnlySpan<float> x, int tokens, Span<float> y)
            {
                recorder.Record(recorder.Quantization.Activations, (site.Id, 0, false), x[..(tokens * inputs)]);
                product.Multiply(image, x, tokens, y);
            }
        }

        private QuantizationSpec Quantization => quantization;
    }
}

using System.Globalization;
using Ohmformer.Physics;

namespace Ohmformer.Mapping;

/// <summary>Which values of an operand share a scale.</summary>
public enum Granularity
{
    /// <summary>All values of the operand; of keys, values and queries those of one head.</summary>
    Tensor,

    /// <summary>Those of one token: a row of activations or probabilities, a column of K^T.</summary>
    Token,

    /// <summary>Those of one output: a column of weights or of V.</summary>
    Channel,

    /// <summary>All keys, or all values, of an input, whatever their head.</summary>
    Heads,
}

/// <summary>How one operand of matrix products becomes integers: symmetric, x = scale * integer.</summary>
public sealed record OperandQuantization
{
    /// <summary>Bits, sign included; null for what the macro, or the digital run, has.</summary>
    [Parameter("Bits, sign included where there is one; those of the macro when absent (8 in digital runs).", Min = 2, Max = 8)]
    public int? Bits { get; init; }

    /// <summary>Which values share a scale; null for the operand's default.</summary>
    [Parameter("Which values share a scale: weights channel (default) or tensor; activations and queries token (default) or tensor; keys tensor (default: one head), token or heads (all of an input); values tensor (default: one head), channel or heads; probabilities tensor (default) or token.")]
    public Granularity? Granularity { get; init; }

    /// <summary>Percentile of the magnitudes that the largest integer stands for; null for the largest magnitude at run time.</summary>
    [Parameter("Percentile of the magnitudes that become the largest integer; what is larger is clipped. Of weights, or of calibration inputs: a range that is fixed before the run. The largest magnitude at run time when absent.", Min = 50, Max = 100)]
    public double? Percentile { get; init; }
}

/// <summary>
/// How the operands of a network's matrix products become integers. The defaults are the bits of the macro and ranges from the
/// largest magnitude: weights per output, activations per token, K and V per head, probabilities between 0 and 1.
/// docs/theory/quantization.md defines the integers and says which choices are exact.
/// </summary>
public sealed record QuantizationSpec : ICheckedSpec
{
    private static readonly Operand[] Operands =
    [
        new(nameof(Weights), s => s.Weights, [Granularity.Channel, Granularity.Tensor]),
        new(nameof(Activations), s => s.Activations, [Granularity.Token, Granularity.Tensor]),
        new(nameof(Queries), s => s.Queries, [Granularity.Token, Granularity.Tensor]),
        new(nameof(Keys), s => s.Keys, [Granularity.Tensor, Granularity.Token, Granularity.Heads]),
        new(nameof(Values), s => s.Values, [Granularity.Tensor, Granularity.Channel, Granularity.Heads]),
        new(nameof(Probabilities), s => s.Probabilities, [Granularity.Tensor, Granularity.Token]),
    ];

    /// <summary>Static weights.</summary>
    [Parameter("Static weights.")]
    public OperandQuantization Weights { get; init; } = new();

    /// <summary>Activations that drive static weights.</summary>
    [Parameter("Activations that drive static weights.")]
    public OperandQuantization Activations { get; init; } = new();

    /// <summary>Q, which drives K^T; null for the same as <see cref="Activations"/>.</summary>
    [Parameter("Q, which drives K^T; the same as activations when absent.")]
    public OperandQuantization? Queries { get; init; }

    /// <summary>K.</summary>
    [Parameter("K, which is programmed for each input and head.")]
    public OperandQuantization Keys { get; init; } = new();

    /// <summary>V.</summary>
    [Parameter("V, which is programmed for each input and head.")]
    public OperandQuantization Values { get; init; } = new();

    /// <summary>Attention probabilities, which drive V; unsigned.</summary>
    [Parameter("Attention probabilities, which drive V; unsigned.")]
    public OperandQuantization Probabilities { get; init; } = new();

    /// <summary>Whether a range has to be found on calibration inputs. Those of weights are found when they are programmed.</summary>
    public bool NeedsCalibration => Operands.Any(o => o.Name != nameof(Weights) && o.Get(this)?.Percentile is not null);

    /// <summary>What differs from the defaults, for example "weights 4 bit, keys 8 bit per token"; empty when nothing does.</summary>
    public string Words => string.Join(", ", Operands
        .Select(o => (Name: o.Name.ToLowerInvariant(), Of: o.Get(this)))
        .Where(o => o.Of is not null && o.Of != new OperandQuantization())
        .Select(o => o.Name + Difference(o.Of!)));

    /// <summary>The operand of a dynamic product that drives the lines.</summary>
    /// <param name="probabilities">Whether the product is that of probabilities and V, not of Q and K^T.</param>
    public OperandQuantization Driven(bool probabilities) => probabilities ? Probabilities : Queries ?? Activations;

    /// <summary>The operand of a dynamic product that is programmed.</summary>
    /// <param name="probabilities">Whether the product is that of probabilities and V, not of Q and K^T.</param>
    public OperandQuantization Programmed(bool probabilities) => probabilities ? Values : Keys;

    /// <inheritdoc/>
    public IEnumerable<Violation> Violations()
    {
        foreach (var operand in Operands)
        {
            if (operand.Get(this) is not { } asked) continue;
            string allowed = string.Join(" or ", operand.Allowed.Order().Select(Name));
            if (asked.Granularity is { } granularity && !operand.Allowed.Contains(granularity))
                yield return new(operand.Name, $"asks for one scale per {Name(granularity)}, which cannot be taken out of the sum of their product; allowed: {allowed}");
            else if (asked is { Granularity: Granularity.Token, Percentile: not null })
                yield return new(operand.Name, $"asks for one scale per token and a percentile; a range that is fixed before the run is one for all tokens. Leave out granularity or percentile");
            else if (asked is { Granularity: Granularity.Heads, Percentile: not null })
                yield return new(operand.Name, $"asks for one scale for all heads and a percentile; a range that is fixed before the run is one for the head. Leave out granularity or percentile");
            else if (operand.Name == nameof(Values) && asked is { Granularity: Granularity.Channel, Percentile: not null })
                yield return new(operand.Name, $"asks for one scale per channel and a percentile; a range that is fixed before the run is one for the head. Leave out granularity or percentile");
        }
    }

    /// <summary>The operands that ask for more bits than the macros carry.</summary>
    /// <param name="weights">Bits of the products with static weights.</param>
    /// <param name="attention">Bits of the products with dynamic operands.</param>
    internal IEnumerable<string> Excesses(ProductPrecision weights, ProductPrecision attention)
    {
        (string Name, OperandQuantization Asked, int Bits, string Key)[] limits =
        [
            ("weights", Weights, weights.WeightBits, "weightBits of the weights' macro"),
            ("activations", Activations, weights.InputBits, "inputBits of the weights' macro"),
            (Queries is null ? "activations as queries" : "queries", Driven(false), attention.InputBits, "inputBits of the attention macro"),
            ("keys", Keys, attention.WeightBits, "weightBits of the attention macro"),
            ("values", Values, attention.WeightBits, "weightBits of the attention macro"),
            ("probabilities", Probabilities, attention.InputBits, "inputBits of the attention macro"),
        ];
        return limits.Where(l => l.Asked.Bits > l.Bits).Select(l => $"asks for {l.Asked.Bits}-bit {l.Name}, but {l.Key} is {l.Bits}; ask for at most {l.Bits} bits, or raise {l.Key}");
    }

    private static string Difference(OperandQuantization operand) =>
        (operand.Bits is { } bits ? $" {bits} bit" : "") +
        (operand.Granularity is { } granularity ? $" per {Name(granularity)}" : "") +
        (operand.Percentile is { } percentile ? string.Create(CultureInfo.InvariantCulture, $" at percentile {percentile}") : "");

    private static string Name(Granularity granularity) => granularity.ToString().ToLowerInvariant();

    private sealed record Operand(string Name, Func<QuantizationSpec, OperandQuantization?> Get, Granularity[] Allowed);
}

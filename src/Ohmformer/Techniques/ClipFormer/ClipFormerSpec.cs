using Ohmformer.Arrays;
using Ohmformer.Devices;
using Ohmformer.Physics;

namespace Ohmformer.Techniques.ClipFormer;

/// <summary>
/// ClipFormer's transform of K and V (Bhattacharjee, Moitra, Panda, arXiv 2402.02586, algorithm 1), which moves conductances to where
/// write noise is small. Stage I: G = max(G - alpha GMin, GMin). Stage II: G = min(G, beta GMax). Nothing is compensated afterwards.
/// docs/theory/clipformer.md states what both mean for the weights.
/// </summary>
public sealed record ClipFormerSpec : OperandTransformSpec
{
    /// <summary>Shift alpha of stage I; 0 turns it off, the paper uses 1 and 2.</summary>
    [Parameter("Shift alpha of stage I, G = max(G - alpha gMin, gMin); 0 for none, the paper uses 1 and 2.", Min = 0, Max = 1e6)]
    public double Alpha { get; init; }

    /// <summary>Clip beta of stage II; 1 turns it off, the paper uses 1 and 0.25.</summary>
    [Parameter("Clip beta of stage II, G = min(G, beta gMax), above 0; 1 for none, the paper uses 1 and 0.25.", Min = 0, Max = 1)]
    public double Beta { get; init; } = 1;

    /// <inheritdoc/>
    public override IOperandTransform Build(DeviceSpec device)
    {
        ArgumentNullException.ThrowIfNull(device);
        return new ClipFormerTransform(Alpha, Beta, device.NormalizedGMin);
    }

    /// <inheritdoc/>
    /// <remarks>ceil((bits + log2 beta) / bits per cell): beta = 1/4 leaves 6 of 8 bits, 3 cells of 2 bits instead of 4.</remarks>
    public override int Slices(int weightBits, int bitsPerCell) => (int)Math.Max(1, Math.Ceiling((weightBits + Math.Log2(Beta)) / bitsPerCell));

    /// <inheritdoc/>
    public override string? Problem(DeviceSpec device)
    {
        ArgumentNullException.ThrowIfNull(device);
        return Beta <= device.NormalizedGMin
            ? $"clips to beta = {Beta:G4} of gMax, but gMin is {device.NormalizedGMin:G4} of gMax; beta must be larger"
            : null;
    }

    /// <inheritdoc/>
    public override IEnumerable<Violation> Violations()
    {
        if (!(Alpha >= 0 && double.IsFinite(Alpha))) yield return new(nameof(Alpha), $"is {Alpha}; it must be 0 or more");
        if (!(Beta is > 0 and <= 1)) yield return new(nameof(Beta), $"is {Beta}; it must be above 0 and at most 1");
    }
}

/// <summary>Behavior of <see cref="ClipFormerSpec"/>.</summary>
internal sealed class ClipFormerTransform(double alpha, double beta, double gMin) : IOperandTransform
{
    public double Transform(double target) => Math.Min(Math.Max(target - alpha * gMin, gMin), beta);
}

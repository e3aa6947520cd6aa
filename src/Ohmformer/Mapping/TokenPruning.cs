using Ohmformer.Physics;

namespace Ohmformer.Mapping;

/// <summary>
/// Tokens that drop out while a network runs: behind a quarter, a half and three quarters of the encoders only a share of those left goes on,
/// as in DynamicViT (Rao et al., arXiv 2106.02034, section 3). Which ones needs no training: those that the class tokens attend to most, over all heads of
/// the encoder before (Liang et al.: EViT, arXiv 2202.07800, section 3). Class tokens stay, and tokens keep their order.
/// </summary>
public sealed record TokenPruning : ICheckedSpec
{
    private const int Parts = 4;

    // Shares such as 0.28 of 25 are whole but for the rounding of binary fractions, which is smaller.
    private const int Digits = 9;

    /// <summary>Share of the tokens that goes on at each of the three stages; DynamicViT uses 0.7.</summary>
    [Parameter("Share of the tokens that goes on behind a quarter, a half and three quarters of the encoders; 0.7 in DynamicViT.", Min = 0, Max = 1)]
    public required double KeepRatio { get; init; }

    /// <summary>Tokens behind an encoder.</summary>
    /// <param name="encoder">Index of the encoder.</param>
    /// <param name="encoders">Encoders of the network.</param>
    /// <param name="tokens">Tokens in front of it, class tokens included.</param>
    /// <param name="classTokens">Tokens that always stay.</param>
    public int TokensBehind(int encoder, int encoders, int tokens, int classTokens) =>
        IsStage(encoder, encoders)
            ? classTokens + (int)Math.Max(1, Math.Ceiling(Math.Round(KeepRatio * (tokens - classTokens), Digits)))
            : tokens;

    private static bool IsStage(int encoder, int encoders)
    {
        for (int part = 1; part < Parts; part++)
            if (encoders * part / Parts == encoder + 1) return true;
        return false;
    }

    /// <inheritdoc/>
    public IEnumerable<Violation> Violations()
    {
        if (!(KeepRatio is > 0 and <= 1)) yield return new(nameof(KeepRatio), $"is {KeepRatio}; it must be above 0 and at most 1");
    }
}

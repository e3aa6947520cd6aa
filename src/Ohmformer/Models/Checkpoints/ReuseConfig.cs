using Ohmformer.Files;

namespace Ohmformer.Models.Checkpoints;

/// <summary>
/// How a model folder tells that encoders reuse attention, in names of this project: in config.json
/// <c>"attention_reuse": {"encoders": [3, 5], "stand_in": "transformation", "chained": false}</c>, and among the tensors
/// <c>ENCODER.attention_reuse.norm</c> and <c>ENCODER.attention_reuse.linear</c>, in PyTorch's layout.
/// </summary>
internal static class ReuseConfig
{
    /// <summary>Key in config.json.</summary>
    public const string Key = "attention_reuse";

    private static readonly Dictionary<string, AttentionStandIn> StandIns = new(StringComparer.Ordinal)
    {
        ["transformation"] = AttentionStandIn.Transformation,
        ["identity"] = AttentionStandIn.Identity,
        ["nothing"] = AttentionStandIn.Nothing,
    };

    /// <summary>Name of a block's normalization in the encoder of a name.</summary>
    public static string NormOf(string encoder) => $"{encoder}.{Key}.norm";

    /// <summary>Name of a block's linear layer in the encoder of a name.</summary>
    public static string LinearOf(string encoder) => $"{encoder}.{Key}.linear";

    /// <summary>Reads the reuse of a network.</summary>
    /// <param name="config">Its config.json; null where there is none.</param>
    /// <param name="layers">Encoders of the network.</param>
    /// <returns>Null when every encoder computes its own attention.</returns>
    /// <exception cref="InputException">The network cannot have this reuse.</exception>
    public static AttentionReuse? Read(JsonFile? config, int layers)
    {
        if (config?.Object(Key) is not { } found) return null;
        double[] encoders = found.Numbers("encoders") ?? [];
        if (encoders.Length == 0 || encoders.Any(e => e != Math.Floor(e) || Math.Abs(e) > HuggingFaceConfig.MaxLayers))
            throw found.Wrong("encoders", "a list of encoders, such as [3, 5]");
        if (!StandIns.TryGetValue(found.Text("stand_in") ?? "transformation", out var standIn)) throw found.Unknown("stand_in", StandIns.Keys);
        try
        {
            var reuse = new AttentionReuse(encoders.Select(e => (int)e), standIn, found.Flag("chained", false));
            reuse.Check(layers);
            return reuse;
        }
        catch (InputException e)
        {
            throw found.Wrong("encoders", $"a list of encoders that can reuse: {e.Message}");
        }
    }

    /// <summary>What stands in config.json under <see cref="Key"/>; null when every encoder computes its own attention.</summary>
    public static object? Write(AttentionReuse? reuse) => reuse is null
        ? null
        : new { encoders = reuse.Encoders, stand_in = StandIns.First(s => s.Value == reuse.StandIn).Key, chained = reuse.Chained };
}

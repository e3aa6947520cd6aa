using Ohmformer.Devices;
using Ohmformer.Mapping;

namespace Ohmformer.Techniques.ClipFormer;

/// <summary>The designs that ClipFormer's studies vary, made from one hardware of RRAM (arXiv 2402.02586, Table II and its ON/OFF study).</summary>
public static class ClipFormerDesigns
{
    private const string Source = "ClipFormer, arXiv 2402.02586, algorithm 1";

    /// <summary>The settings (alpha, beta) of Table II; the first is the hardware without the transform.</summary>
    public static IReadOnlyList<(double Alpha, double Beta)> Settings { get; } = [(0, 1), (1, 1), (2, 1), (1, 0.25), (2, 0.25)];

    /// <summary>Of <see cref="Settings"/> no transform, and the strongest with either value of beta.</summary>
    public static IReadOnlyList<(double Alpha, double Beta)> Ends { get; } = [(0, 1), (2, 1), (2, 0.25)];

    /// <summary>The factors gamma of write noise in Table II.</summary>
    public static IReadOnlyList<double> Gammas { get; } = [3, 4, 5];

    /// <summary>The hardware with a transform of K and V and a factor of their write noise.</summary>
    /// <param name="hardware">A design with RRAM in attention.</param>
    /// <param name="gamma">Factor of write noise.</param>
    /// <param name="alpha">Shift of stage I.</param>
    /// <param name="beta">Clip of stage II; with <paramref name="alpha"/> 0 and 1 there is no transform.</param>
    /// <exception cref="ArgumentException">The cells of attention are no RRAM.</exception>
    public static Design Of(Design hardware, double gamma, double alpha, double beta)
    {
        ArgumentNullException.ThrowIfNull(hardware);
        var attention = hardware.DynamicMacro;
        return hardware with
        {
            Attention = attention with
            {
                Device = Rram(attention.Device, hardware) with { WriteNoiseFactor = gamma },
                OperandTransform = (alpha, beta) == (0, 1) ? null : new ClipFormerSpec { Alpha = alpha, Beta = beta, Source = Source },
            },
        };
    }

    /// <summary>The hardware with another ON/OFF ratio R = GMax/GMin, by GMax, of all its cells.</summary>
    public static Design WithOnOffRatio(Design hardware, double ratio)
    {
        ArgumentNullException.ThrowIfNull(hardware);
        return hardware with { Weights = With(hardware.Weights), Attention = With(hardware.DynamicMacro) };

        Arrays.MacroSpec With(Arrays.MacroSpec macro) => macro with { Device = macro.Device with { GMax = macro.Device.GMin * ratio } };
    }

    private static RramSpec Rram(DeviceSpec device, Design hardware) => device as RramSpec
        ?? throw new ArgumentException($"The cells that {hardware.Name} holds K and V in are no RRAM.", nameof(hardware));
}

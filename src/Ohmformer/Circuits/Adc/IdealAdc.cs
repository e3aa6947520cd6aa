namespace Ohmformer.Circuits.Adc;

/// <summary>
/// A converter with a straight transfer curve and no other errors than rounding and clipping: the textbook quantizer, as in
/// CrossSim 3 (Sandia National Laboratories).
/// </summary>
public sealed record IdealAdcSpec : AdcSpec
{
    /// <inheritdoc/>
    public override IAdc Build(double low, double high, ulong seed = 0, int site = 0) => new IdealAdc(TransferOver(low, high));
}

/// <summary>Behavior of <see cref="IdealAdcSpec"/>.</summary>
internal sealed class IdealAdc(AdcTransfer transfer) : IAdc
{
    public AdcTransfer? Transfer => transfer;

    public bool HasNoise => false;

    public double Convert(double value, int converter, double gaussian) => transfer.Value(transfer.Code(value));
}

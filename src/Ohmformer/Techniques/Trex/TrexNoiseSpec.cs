using Ohmformer.Models;
using Ohmformer.Numerics;
using Ohmformer.Physics;
using Ohmformer.Training;

namespace Ohmformer.Techniques.Trex;

/// <summary>
/// The noise of FeFET cells that TReX trains with (Moitra, Bhattacharjee, Kim, Panda: TReX, arXiv 2408.12742): reads see M (1 + sR n) of every
/// matrix, and keys and values are written as M (1 + sW n) before. SRAM cells hold what is written: a network for SRAM alone trains without noise.
/// </summary>
public sealed record TrexNoiseSpec : ForwardNoiseSpec
{
    /// <summary>Standard deviation sR of the read noise, relative to what is held; the paper uses 0.10.</summary>
    [Parameter("Standard deviation of read noise, relative to what is held; the paper uses 0.1.", Min = 0, Max = 1)]
    public required double ReadNoise { get; init; }

    /// <summary>Standard deviation sW of the write noise of keys and values, relative to what is written; the paper uses 0.20.</summary>
    [Parameter("Standard deviation of the write noise of keys and values, relative to what is written; the paper uses 0.2.", Min = 0, Max = 1)]
    public required double WriteNoise { get; init; }

    /// <summary>Whether Q K^T and S V run on SRAM, which has neither noise, and all else on FeFETs: the paper's hybrid.</summary>
    [Parameter("Whether keys and values lie in SRAM, free of noise, and all else in FeFETs: the paper's hybrid.")]
    public bool Hybrid { get; init; }

    /// <inheritdoc/>
    public override IForwardNoise Build(TransformerSpec network, ForwardKey pass) => new TrexNoise(this, network, pass);
}

/// <summary>Behavior of <see cref="TrexNoiseSpec"/>.</summary>
internal sealed class TrexNoise(TrexNoiseSpec spec, TransformerSpec network, ForwardKey pass) : IForwardNoise
{
    private readonly NoiseLaw _read = new(0, 0, spec.ReadNoise * spec.ReadNoise), _write = new(0, 0, spec.WriteNoise * spec.WriteNoise);

    public void Weight(ParameterBlock block, Span<float> weight) => _read.AddTo(weight, block.Columns, block.Columns, pass.Weight(block));

    public void Key(int layer, int sample, Span<float> key) => WriteAndRead(key, pass.Key(layer, sample));

    public void Value(int layer, int sample, Span<float> value) => WriteAndRead(value, pass.Value(layer, sample));

    private void WriteAndRead(Span<float> operand, NoiseKey key)
    {
        if (spec.Hybrid) return;
        _write.AddTo(operand, network.KeyValueWidth, network.KeyValueWidth, key);
        _read.AddTo(operand, network.KeyValueWidth, network.KeyValueWidth, key, index: 1);
    }
}

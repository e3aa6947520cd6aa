using Ohmformer.Mapping;
using Ohmformer.Numerics;

namespace Ohmformer.Models;

/// <summary>Runs a network's activation functions.</summary>
internal static class ActivationRun
{
    /// <summary>Applies a function in place.</summary>
    /// <param name="activation">The function.</param>
    /// <param name="x">Any shape.</param>
    /// <param name="workspace">Counts the work.</param>
    public static void Apply(this Activation activation, Span<float> x, TransformerWorkspace workspace)
    {
        switch (activation)
        {
            case Activation.Gelu: Gelu.Apply(x, x); break;
            case Activation.GeluTanh: GeluTanh.Apply(x, x); break;
            case Activation.Relu: Relu.Apply(x, x); break;
            case Activation.Silu: Silu.Apply(x, x); break;
            case Activation.Tanh: Tanh.Apply(x, x); break;
            default: throw new ArgumentOutOfRangeException(nameof(activation), activation, "unknown activation");
        }
        workspace.Count(DigitalKind.Activation, x.Length);
    }
}

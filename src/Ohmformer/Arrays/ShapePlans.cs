using System.Runtime.CompilerServices;

namespace Ohmformer.Arrays;

/// <summary>What a kernel derives once from every shape of matrices; keys and values of a new head or image find it here. Thread-safe.</summary>
/// <typeparam name="TPlan">What is derived.</typeparam>
/// <param name="derive">Derives it; null where the kernel does not read such matrices.</param>
internal sealed class ShapePlans<TPlan>(Func<MatrixShape, TPlan?> derive)
    where TPlan : class
{
    private readonly ConditionalWeakTable<MatrixShape, StrongBox<TPlan?>> _plans = [];
    private readonly ConditionalWeakTable<MatrixShape, StrongBox<TPlan?>>.CreateValueCallback _derive = shape => new(derive(shape));

    /// <summary>The plan of a shape; null where there is none.</summary>
    public TPlan? Of(MatrixShape shape) => _plans.GetValue(shape, _derive).Value;
}

namespace Ohmformer.Lab.Experiments;

/// <summary>Puts a name in front of the phases of some work.</summary>
internal sealed class NamedProgress(string name, IProgress<PhaseProgress> inner) : IProgress<PhaseProgress>
{
    /// <inheritdoc/>
    public void Report(PhaseProgress value) => inner.Report(value with { Phase = $"{name}: {value.Phase}" });
}

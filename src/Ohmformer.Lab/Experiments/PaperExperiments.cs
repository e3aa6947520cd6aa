namespace Ohmformer.Lab.Experiments;

/// <summary>The one list of experiments.</summary>
public static class PaperExperiments
{
    /// <summary>All, in the order of their names.</summary>
    public static IReadOnlyList<IExperiment> All { get; } = [new ClipFormerExperiment(), new TrexExperiment()];
}

using Ohmformer.Lab.Charts;

namespace Ohmformer.Lab.Experiments;

/// <summary>The experiment of a paper: it measures what the paper claims.</summary>
public interface IExperiment
{
    /// <summary>The paper.</summary>
    PaperFolder Paper { get; }

    /// <summary>How long the full mode takes on two cores, for people.</summary>
    string FullDuration { get; }

    /// <summary>Runs it.</summary>
    /// <param name="request">How thoroughly, on what.</param>
    /// <param name="progress">Is told about every sample.</param>
    /// <param name="cancellation">Stops between matrix products.</param>
    /// <exception cref="Files.InputException">A model or its data cannot be used.</exception>
    ExperimentReport Run(ExperimentRequest request, IProgress<PhaseProgress> progress, CancellationToken cancellation);
}

/// <summary>How thorough an experiment is.</summary>
public enum ExperimentMode
{
    /// <summary>What needs no model: closed forms and the cost model; seconds.</summary>
    Exact,

    /// <summary>The exact part, and the shipped vit-digits on few samples; below three minutes on two cores.</summary>
    Quick,

    /// <summary>Every model at hand, many samples.</summary>
    Full,
}

/// <summary>What an experiment is asked for.</summary>
public sealed record ExperimentRequest
{
    /// <summary>How thorough.</summary>
    public required ExperimentMode Mode { get; init; }

    /// <summary>Noise seeds: <see cref="Seed"/>, Seed + 1, ...; null for 3 in quick and 5 in full mode.</summary>
    public int? NoiseSeeds { get; init; }

    /// <summary>The first noise seed.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Samples of each model; null for the mode's number.</summary>
    public int? Samples { get; init; }

    /// <summary>Names of the models to measure; empty for all at hand.</summary>
    public IReadOnlyList<string> Models { get; init; } = [];

    /// <summary>Folder with data sets and further models; null for none.</summary>
    public string? Data { get; init; }

    /// <summary>Folder that keeps what is finished, so that a run that was interrupted goes on; null keeps nothing.</summary>
    public string? Parts { get; init; }

    /// <summary>Worker threads; the result does not depend on them.</summary>
    public int Threads { get; init; } = Environment.ProcessorCount;

    /// <summary>Noise seeds of the mode.</summary>
    internal int Seeds => NoiseSeeds ?? (Mode == ExperimentMode.Full ? 5 : 3);
}

/// <summary>What an experiment found.</summary>
public sealed record ExperimentReport
{
    /// <summary>The paper.</summary>
    public required PaperFolder Paper { get; init; }

    /// <summary>Every claim of the paper in its order.</summary>
    public required IReadOnlyList<ClaimResult> Claims { get; init; }

    /// <summary>Tables, ours and the paper's.</summary>
    public required IReadOnlyList<ReportTable> Tables { get; init; }

    /// <summary>Figures.</summary>
    public required IReadOnlyList<ReportFigure> Figures { get; init; }

    /// <summary>What was run, in sentences.</summary>
    public required IReadOnlyList<string> Conditions { get; init; }
}

/// <summary>A table of texts.</summary>
/// <param name="Name">Name of the file without ending.</param>
/// <param name="Title">What it shows.</param>
/// <param name="Columns">Names of the columns.</param>
/// <param name="Rows">Shape [rows, columns].</param>
public sealed record ReportTable(string Name, string Title, IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<string>> Rows);

/// <summary>A figure.</summary>
/// <param name="Name">Name of the file without ending.</param>
/// <param name="Image">An SVG document.</param>
public sealed record ReportFigure(string Name, string Image)
{
    /// <summary>The figure of a chart.</summary>
    public static ReportFigure Of(string name, Chart chart) => new(name, Svg.Of(chart));
}

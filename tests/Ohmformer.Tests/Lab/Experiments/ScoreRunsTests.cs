using Ohmformer.Files;
using Ohmformer.Lab;
using Ohmformer.Lab.Designs;
using Ohmformer.Lab.Experiments;

namespace Ohmformer.Tests.Lab.Experiments;

/// <summary>Finished scores are kept, and only they.</summary>
public sealed class ScoreRunsTests : IDisposable
{
    private static readonly ExperimentModel Model = new("vit-digits", "vit-digits", null, "vit-digits-vat");

    private readonly TemporaryFolder _folder = new();

    private string File => Path.Combine(_folder.Path, "scores.jsonl");

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_is_finished_is_not_measured_again()
    {
        var design = DesignFile.Load("clipformer-rram");
        var sampling = new Sampling(2, 2, 1);
        var first = Runs(default).Run(Model, [design], sampling)[0];
        Assert.Equal(2, first.Points.Count);
        Assert.Equal(12, first.Snr.Count);

        // A token that is canceled stops every measurement.
        var again = Runs(new(canceled: true)).Run(Model, [design], sampling)[0];
        Assert.Equal(first.Points, again.Points);
        Assert.Equal(first.Snr, again.Snr);
        Assert.ThrowsAny<OperationCanceledException>(() => Runs(new(canceled: true)).Run(Model, [design], sampling with { Samples = 3 }));
        Assert.ThrowsAny<OperationCanceledException>(() => Runs(new(canceled: true)).Run(Model, [design with { Name = "other" }], sampling));
        Assert.ThrowsAny<OperationCanceledException>(() => Runs(new(canceled: true)).Run(Model with { Model = "vit-digits-vat" }, [design], sampling));
        Assert.Single(System.IO.File.ReadAllLines(File));
    }

    [Fact]
    public void A_damaged_line_is_named()
    {
        System.IO.File.WriteAllText(File, "{\"key\":\"a\",\"what\":\"\",\"points\":[1],\"snr\":[]}\n{\"key\":\"b\"");
        Assert.Contains("scores.jsonl, line 2: is no finished score", Assert.Throws<InputException>(() => new ScoreJournal(_folder.Path)).Message, StringComparison.Ordinal);
    }

    private ScoreRuns Runs(CancellationToken cancellation) =>
        new(new() { Mode = ExperimentMode.Full, Parts = _folder.Path, Threads = 1 }, new Progress<PhaseProgress>(), cancellation);
}

using Ohmformer.Lab;
using Ohmformer.Lab.Designs;
using Ohmformer.Lab.Experiments;
using Ohmformer.Models;
using Ohmformer.Models.Checkpoints;
using Ohmformer.Techniques.Trex;
using Ohmformer.Tests.Cli;
using Ohmformer.Training.Tasks;

namespace Ohmformer.Tests.Lab.Experiments;

/// <summary>The networks of the study of TReX: trained once, kept, and measured as the simulator does.</summary>
public sealed class TrexTrainingsTests : IDisposable
{
    private static readonly TrexRecipe Recipe = SpecReader.Load<TrexRecipe>("trex");
    private static readonly (TrexStage Partial, TrexStage Tuned) Stages = new TrexBudget { Numbers = [1], Epochs = 2, PartialShare = 0.5, BatchSize = 4 }.Stages(Recipe);

    private readonly TinyInputs _inputs = new();

    public void Dispose() => _inputs.Dispose();

    [Fact]
    public void A_network_is_trained_once()
    {
        var network = new TrexNetwork { Reuse = new([1]) };
        string folder;
        double loss;
        using (var trainings = Trainings())
        {
            loss = trainings.Loss(network, Stages.Partial);
            folder = trainings.Train(network, Stages.Tuned);
        }
        Assert.Equal(network.Reuse, Checkpoint.Load(folder).Spec.Reuse);
        byte[] weights = File.ReadAllBytes(Path.Combine(folder, Checkpoint.WeightsFile));
        File.Delete(Path.Combine(folder, "config.json"));
        using var again = Trainings();
        Assert.Equal(folder, again.Train(network, Stages.Tuned));
        Assert.Equal(loss, again.Loss(network, Stages.Partial));
        Assert.False(File.Exists(Path.Combine(folder, "config.json")));

        // From the start, the same bits.
        Directory.Delete(_inputs.File("parts"), recursive: true);
        Assert.Equal(weights, File.ReadAllBytes(Path.Combine(again.Train(network, Stages.Tuned), Checkpoint.WeightsFile)));
        Assert.NotEqual(folder, again.Train(network with { Seed = 2 }, Stages.Tuned));
    }

    [Fact]
    public void Other_techniques_are_trained_in_the_same_way()
    {
        using var trainings = Trainings();
        var shared = Checkpoint.Load(trainings.Train(new() { SharedEncoders = 2 }, Stages.Partial)).Weights;
        Assert.Equal(shared.Encoders[0].MlpIn.Weight, shared.Encoders[1].MlpIn.Weight);
        var plain = Checkpoint.Load(trainings.Train(new(), Stages.Partial)).Weights;
        Assert.NotEqual(plain.Encoders[0].MlpIn.Weight, plain.Encoders[1].MlpIn.Weight);
        string[] names = [.. ((TrexNetwork[])[new(), new() { SharedEncoders = 2 }, new() { Pruning = new() { KeepRatio = 0.7 } }, new() { Reuse = new([1], AttentionStandIn.Nothing) }]).Select(n => n.Name)];
        Assert.Equal(["no-reuse", "shared-2", "pruned-0.7", "reuse-1-nothing"], names);
    }

    /// <summary>In single precision the network is the one that every simulator runs.</summary>
    [Fact]
    public void Accuracy_in_single_precision_is_that_of_the_simulator()
    {
        using var trainings = Trainings();
        var network = new TrexNetwork { Reuse = new([1]) };
        var accuracy = trainings.Measure(network, Stages.Tuned, samples: 9, seeds: 2);
        double simulated = DesignScores.Float(
            new() { Model = trainings.Train(network, Stages.Tuned), Data = _inputs.File("idx"), Samples = 9 }, pruning: null, new Progress<PhaseProgress>(), default);
        Assert.Equal(100 * simulated, accuracy.Float, 1e-9);
        Assert.Equal(2, accuracy.Noisy.Length);
        Assert.All(accuracy.Noisy, points => Assert.InRange(points, 0, 100));
    }

    [Fact]
    public void Random_subsets_follow_no_pattern()
    {
        var subsets = TrexModelStudy.RandomSubsets(layers: 12, reuses: 5, count: 8, seed: 1);
        Assert.Equal(8, subsets.Distinct().Count());
        Assert.Empty(subsets.Intersect(ReusePattern.All(12, 5).Select(p => p.Reuse)));
        Assert.All(subsets, s => Assert.Equal(5, s.Encoders.Count));
    }

    private TrexTrainings Trainings()
    {
        if (!Directory.Exists(_inputs.File("idx"))) _inputs.IdxFolder();
        return new(_inputs.Model, new ImageTaskSpec { Data = _inputs.File("idx"), PatchSize = 2 }, Recipe, new() { Mode = ExperimentMode.Full, Threads = 1 }, new(_inputs.File("parts")), default);
    }
}

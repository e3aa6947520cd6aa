using Ohmformer.Files;
using Ohmformer.Mapping;
using Ohmformer.Models;
using Ohmformer.Tests.Models;
using Ohmformer.Training;

namespace Ohmformer.Tests.Training;

/// <summary>Tokens drop out of the forward pass of a training as they do in the simulator.</summary>
public sealed class PrunedTrainingTests
{
    private const int Samples = 5;

    /// <summary>25 patches, which four stages of encoders cut to 18, 13 and 10 at a ratio of 0.7.</summary>
    private static readonly TransformerSpec Deep = RandomTransformer.Tiny with
    {
        Layers = 4,
        Hidden = 12,
        Input = new ImageInput { Size = 15, PatchSize = 3, Channels = 1, ClassTokens = 1 },
    };

    private static readonly Dictionary<string, TransformerSpec> Networks = new()
    {
        ["vit"] = Deep,
        ["deit"] = Deep with { Input = (ImageInput)Deep.Input with { ClassTokens = 2 }, Pooling = Pooling.Distilled },
        ["dense"] = Deep with { Pooling = Pooling.DenseMax },
        ["mean"] = Deep with { Pooling = Pooling.Mean },
        ["kwt"] = Deep with { Input = new FeatureInput { Frames = 17, Features = 3, ClassTokens = 1 }, NormPosition = NormPosition.Post },
        ["eight encoders"] = Deep with { Layers = 8 },
        ["shared heads"] = Deep with { Heads = 4, KeyValueHeads = 2 },
        ["reuse"] = Deep with { Layers = 8, Reuse = new([1, 2, 3, 5, 6]) },
        ["chained reuse"] = Deep with { Layers = 8, Reuse = new([1, 2, 3, 5, 6], chained: true) },
        ["repeated attention"] = Deep with { Layers = 8, Reuse = new([1, 2, 3, 5, 6], AttentionStandIn.Identity) },
        ["no attention"] = Deep with { Layers = 8, Reuse = new([1, 2, 4, 5], AttentionStandIn.Nothing) },
        ["kwt, reuse"] = Deep with { Input = new FeatureInput { Frames = 17, Features = 3, ClassTokens = 1 }, NormPosition = NormPosition.Post, Reuse = new([1, 2]) },
    };

    public static TheoryData<string> Names => [.. Networks.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Forward_pass_equals_that_of_the_simulator(string name)
    {
        foreach (double ratio in (double[])[0.3, 0.7, 1])
        {
            var spec = Networks[name] with { Pruning = new() { KeepRatio = ratio } };
            var weights = RandomTransformer.Weights(spec);
            float[] actual = Logits(spec, weights);
            Assert.Equal(ratio == 1, actual.SequenceEqual(Logits(Networks[name], weights)));

            var run = new TransformerRun(spec, weights, new FloatProduct());
            var workspace = new TransformerWorkspace(spec);
            float[] expected = new float[spec.Classes];
            for (int i = 0; i < Samples; i++)
            {
                run.Forward(i, RandomTransformer.Values(spec, seed: (ulong)i), workspace, expected);
                for (int c = 0; c < expected.Length; c++) Assert.Equal(expected[c], actual[i * expected.Length + c], 1e-5);
            }
        }
    }

    [Theory]
    [InlineData("vit")]
    [InlineData("deit")]
    [InlineData("kwt")]
    [InlineData("reuse")]
    [InlineData("chained reuse")]
    [InlineData("repeated attention")]
    public void Gradients_are_those_of_central_differences(string name)
    {
        // Few tokens, whose ranks are so far apart that they stay the same within a difference.
        var spec = Networks[name];
        InputSpec input = spec.Input is ImageInput image ? image with { Size = 6, Channels = 2 } : (FeatureInput)spec.Input with { Frames = 4 };
        var parameters = new TransformerParameters(spec with { Input = input, Pruning = new() { KeepRatio = 0.7 } });
        BlockGradients.Check(parameters, parameters.FromWeights(RandomTransformer.Weights(parameters.Spec)), Batch(parameters.Spec) with { Labels = new[] { 0, 1, 2, 3, 4 } });
    }

    [Fact]
    public void Samples_of_different_lengths_drop_their_own_tokens()
    {
        var spec = Deep with { Pruning = new() { KeepRatio = 0.6 } };
        var parameters = new TransformerParameters(spec);
        float[] values = parameters.FromWeights(RandomTransformer.Weights(spec));
        int[][] kept = [[0, 3, 4, 9], [7], [.. Enumerable.Range(0, 25)]];
        float[] Of(params int[] which) => new TrainableTransformer(parameters).Forward(new Tape(), values, default, new TrainingBatch
        {
            Values = which.SelectMany(i => RandomTransformer.Values(spec, (ulong)i)).ToArray(),
            Lengths = which.Select(i => kept[i].Length).ToArray(),
            Kept = which.SelectMany(i => kept[i]).ToArray(),
            Labels = default,
        }).Value.ToArray();
        Assert.Equal([.. Of(0), .. Of(1), .. Of(2)], Of(0, 1, 2));
    }

    [Fact]
    public void Patches_that_are_left_learn_from_the_same_patches_of_a_whole_network()
    {
        var spec = Networks["dense"];
        var (student, whole) = (new TransformerParameters(spec with { Pruning = new() { KeepRatio = 0.6 } }), new TransformerParameters(spec));
        var weights = RandomTransformer.Weights(spec);
        float[] values = whole.FromWeights(weights);
        var tape = new Tape();
        var batch = Batch(spec) with { Labels = new int[Samples] };
        var (own, all) = (new TrainableTransformer(student).Answer(tape, values, default, batch), new TrainableTransformer(whole).Answer(tape, values, default, batch));
        Assert.Equal(0, all.Tokens.Length);
        Assert.Equal(Samples * (1 + 6), own.Tokens.Length); // 25, 15, 9 and 6 patches.

        double expected = 0;
        for (int i = 0; i < own.Tokens.Length; i++)
        {
            int token = own.Tokens.Span[i];
            Assert.Equal((i / 7, i % 7 == 0), (token / spec.Tokens, token % spec.Tokens == 0));
            if (token % spec.Tokens > 0) expected += CrossEntropy(all.TokenLogits!.Value.Slice(token * spec.Classes, spec.Classes), own.TokenLogits!.Value.Slice(i * spec.Classes, spec.Classes)) / 6;
        }
        var teacher = new Teacher(new(spec, weights, [], null), new() { Answers = 0, ClassToken = 0, Dense = 0.2 });
        Assert.Equal(0.2 * expected, teacher.Penalty(tape, batch, own)!.Value[0], 1e-4);
    }

    [Theory]
    [InlineData("gpt2")]
    [InlineData("bert")]
    public void Networks_without_a_class_token_are_an_error(string family) => Assert.Contains(
        "lacks",
        Assert.Throws<InputException>(() => new TransformerParameters(RandomTransformer.Families[family] with { Pruning = new() { KeepRatio = 0.7 } })).Message,
        StringComparison.Ordinal);

    private static double CrossEntropy(ReadOnlySpan<float> teacher, ReadOnlySpan<float> student)
    {
        double[] wanted = [.. teacher.ToArray().Select(z => Math.Exp(z))], found = [.. student.ToArray().Select(z => Math.Exp(z))];
        return -wanted.Zip(found, (p, q) => p / wanted.Sum() * Math.Log(q / found.Sum())).Sum();
    }

    private static TrainingBatch Batch(TransformerSpec spec) => new()
    {
        Values = Enumerable.Range(0, Samples).SelectMany(i => RandomTransformer.Values(spec, (ulong)i)).ToArray(),
        Lengths = Enumerable.Repeat(spec.Tokens - spec.Input.ClassTokens, Samples).ToArray(),
        Labels = default,
    };

    private static float[] Logits(TransformerSpec spec, TransformerWeights weights)
    {
        var parameters = new TransformerParameters(spec);
        return new TrainableTransformer(parameters).Forward(new Tape(), parameters.FromWeights(weights), default, Batch(spec)).Value.ToArray();
    }
}

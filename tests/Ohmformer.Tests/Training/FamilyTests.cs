using System.Text.Json;
using Ohmformer.Mapping;
using Ohmformer.Models;
using Ohmformer.Models.Checkpoints;
using Ohmformer.Tests.Models;
using Ohmformer.Training;

namespace Ohmformer.Tests.Training;

/// <summary>Every family that a specification describes can be trained: the forward pass is that of inference.</summary>
public sealed class FamilyTests
{
    public static TheoryData<string> Families => [.. RandomTransformer.Families.Keys, "dense", "tied, bias"];

    public static TheoryData<string> Checkpoints =>
    [
        "bert-classifier", "bert-span", "roberta-classifier", "distilbert-classifier", "distilbert-span",
        "gpt2-tied", "llama-halves", "llama-pairs", "deit-teacher", "deit-classifier", "deit-timm", "lvvit", "vit-mean", "kwt", "vit-reuse", "bert-reuse", "skip-reuse",
    ];

    [Theory]
    [MemberData(nameof(Families))]
    public void Weights_of_every_family_come_back_unchanged(string family)
    {
        var (spec, weights) = Network(family);
        var parameters = new TransformerParameters(spec);
        Assert.Equal(spec.Parameters, parameters.Count);
        float[] values = parameters.FromWeights(weights);
        Assert.Equal(JsonSerializer.Serialize(weights), JsonSerializer.Serialize(parameters.ToWeights(values)));
        Assert.Equal(values, parameters.FromWeights(parameters.ToWeights(values)));
    }

    [Theory]
    [MemberData(nameof(Families))]
    public void Forward_pass_of_every_family_equals_inference(string family)
    {
        var (spec, weights) = Network(family);
        AssertEqualsInference(spec, weights, Inputs(spec), 1e-5);
    }

    [Theory]
    [MemberData(nameof(Checkpoints))]
    public void Logits_of_checkpoints_are_those_of_PyTorch(string model)
    {
        string folder = Path.Combine(SharedData.Project, "tests/Ohmformer.Tests/Models/reference", model);
        var checkpoint = Checkpoint.Load(folder);
        var expected = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "expected.json"))).RootElement;
        Sample sample = checkpoint.Spec.Input is TokenInput
            ? new([], expected.GetProperty("ids").Deserialize<int[]>()!, expected.GetProperty("segments").Deserialize<int[]>()!)
            : new(expected.GetProperty("values").Deserialize<float[]>()!, [], []);
        double[] logits = expected.GetProperty("logits").Deserialize<double[]>()!;
        var parameters = new TransformerParameters(checkpoint.Spec);
        float[] actual = Forward(parameters, parameters.FromWeights(checkpoint.Weights), [sample, sample]);
        for (int i = 0; i < actual.Length; i++) Assert.Equal(logits[i % logits.Length], actual[i], 1e-5);
    }

    [SharedFact("data/models/kwt1-speech-commands")]
    public void Kwt1_can_be_refined() => AssertEqualsInference("data/models/kwt1-speech-commands");

    [SharedFact("data/models/vit-cifar10")]
    public void Vit_cifar10_can_be_refined() => AssertEqualsInference("data/models/vit-cifar10");

    [SharedFact("data/models/llama-stories260k")]
    public void Llama_stories260k_can_be_refined() => AssertEqualsInference("data/models/llama-stories260k");

    [Theory]
    [InlineData("vit")]
    [InlineData("mean")]
    [InlineData("kwt")]
    public void Patches_that_are_left_out_have_no_influence(string family)
    {
        var (spec, weights) = Network(family);
        var parameters = new TransformerParameters(spec);
        float[] values = parameters.FromWeights(weights), input = Inputs(spec)[0].Values, other = [.. input];
        var tape = new Tape();
        float[] Logits(float[] input, int[] lengths, int[] kept) => new TrainableTransformer(parameters).Forward(
            tape, values, default, new TrainingBatch { Values = (float[])[.. input, .. input], Lengths = lengths, Kept = kept, Labels = default }).Value.ToArray();
        float[] all = Logits(input, [4, 4], []);
        Assert.Equal(all, Logits(input, [4, 4], [0, 1, 2, 3, 0, 1, 2, 3]));

        for (int i = 0; i < other.Length; i++) if (PatchOf(spec, i) == 2) other[i] += 1;
        Assert.NotEqual(all, Logits(other, [4, 4], []));
        float[] some = Logits(input, [3, 2], [0, 1, 3, 1, 3]);
        Assert.Equal(some, Logits(other, [3, 2], [0, 1, 3, 1, 3]));
        Assert.NotEqual(some[..spec.Classes], some[spec.Classes..]);
        Assert.NotEqual(all, some);
    }

    [Fact]
    public void Samples_do_not_see_each_other()
    {
        var (spec, weights) = Network("gpt2");
        var parameters = new TransformerParameters(spec);
        float[] values = parameters.FromWeights(weights);
        Sample[] texts = [new([], [3, 1, 4], []), new([], [5], []), new([], [9, 2, 6, 5, 3], [])];
        Assert.Equal(texts.SelectMany(t => Forward(parameters, values, [t])), Forward(parameters, values, texts));
    }

    [Fact]
    public void Batches_that_do_not_fit_are_refused()
    {
        var (image, text) = (new TransformerParameters(Network("vit").Spec), new TransformerParameters(Network("gpt2").Spec));
        void Refused(TransformerParameters parameters, TrainingBatch batch) => Assert.ThrowsAny<ArgumentException>(
            () => new TrainableTransformer(parameters).Forward(new Tape(), new float[parameters.Count], default, batch));
        Refused(image, new TrainingBatch { Values = new float[71], Lengths = new int[] { 4 }, Labels = default });
        Refused(image, new TrainingBatch { Values = new float[72], Lengths = new int[] { 3 }, Labels = default });
        Refused(image, new TrainingBatch { Values = new float[72], Lengths = new int[] { 2 }, Kept = new int[] { 1 }, Labels = default });
        Refused(image, new TrainingBatch { Values = new float[72], Lengths = new int[] { 1 }, Kept = new int[] { 4 }, Labels = default });
        Refused(image, new TrainingBatch { Values = new float[72], Lengths = new int[] { 2 }, Kept = new int[] { 1, 1 }, Labels = default });
        Refused(text, new TrainingBatch { Ids = new int[2], Lengths = new int[] { 2 }, Kept = new int[] { 0, 1 }, Labels = default });
        Refused(text, new TrainingBatch { Ids = new int[8], Lengths = new int[] { 8 }, Labels = default });
        Refused(text, new TrainingBatch { Ids = new int[2], Lengths = new int[] { 2, 0 }, Labels = default });
        Refused(text, new TrainingBatch { Ids = new int[3], Lengths = new int[] { 2 }, Labels = default });
        Refused(text, new TrainingBatch { Ids = new int[] { 11 }, Lengths = new int[] { 1 }, Labels = default });
    }

    [Fact]
    public void Weights_of_another_network_are_refused()
    {
        var (spec, weights) = Network("vit");
        Assert.Throws<ArgumentException>(() => new TransformerParameters(spec with { Hidden = 12 }).FromWeights(weights));
        Assert.Throws<ArgumentException>(() => new TransformerParameters(spec with { Layers = 3 }).FromWeights(weights));
        Assert.Throws<ArgumentException>(() => new TransformerParameters(spec with { NormPosition = NormPosition.Post }).FromWeights(weights));
    }

    [Fact]
    public void Patches_are_left_out_behind_a_stem()
    {
        var (spec, weights) = Network("lvvit");
        var parameters = new TransformerParameters(spec);
        float[] values = parameters.FromWeights(weights), first = Inputs(spec)[0].Values, second = Inputs(spec)[1].Values;
        float[] Logits(float[] input, int[] lengths, int[] kept) => new TrainableTransformer(parameters).Forward(
            new Tape(), values, default, new TrainingBatch { Values = input, Lengths = lengths, Kept = kept, Labels = default }).Value.ToArray();
        float[] both = [.. first, .. second];
        Assert.Equal(Logits(both, [4, 4], []), Logits(both, [4, 4], [0, 1, 2, 3, 0, 1, 2, 3]));
        Assert.Equal([.. Logits(first, [2], [0, 3]), .. Logits(second, [3], [0, 1, 2])], Logits(both, [2, 3], [0, 3, 0, 1, 2]));
        Assert.NotEqual(Logits(first, [2], [0, 3]), Logits(first, [2], [0, 2]));
    }

    private static (TransformerSpec Spec, TransformerWeights Weights) Network(string family)
    {
        var spec = family switch
        {
            "dense" => RandomTransformer.Families["vit"] with { Pooling = Pooling.DenseMax },
            "tied, bias" => RandomTransformer.Families["gpt2"] with { HeadBias = true },
            _ => RandomTransformer.Families[family],
        };
        var weights = RandomTransformer.Weights(spec);
        if (!spec.TiedHead) return (spec, weights);
        int d = spec.Hidden;
        float[] head = [.. Enumerable.Range(0, d * spec.Classes).Select(i => weights.TokenTable![i % spec.Classes * d + i / spec.Classes])];
        return (spec, weights with { Head = weights.Head with { Weight = head } });
    }

    private static Sample[] Inputs(TransformerSpec spec)
    {
        if (spec.Input is not TokenInput) return [.. Enumerable.Range(2, 3).Select(seed => new Sample(RandomTransformer.Values(spec, (ulong)seed), [], []))];
        var (ids, segments) = RandomTransformer.Text(spec);
        return [new([], ids, segments), new([], ids[..1], segments is [] ? [] : segments[..1]), new([], [.. ids[1..], 1, 2], segments is [] ? [] : [.. segments[1..], segments[^1], 0])];
    }

    private static void AssertEqualsInference(string model)
    {
        var checkpoint = Checkpoint.Load(SharedData.Get(model));
        var random = new Random(1);
        int numbers = checkpoint.Spec.Input switch
        {
            ImageInput image => image.Values,
            FeatureInput features => features.Frames * features.Features,
            _ => 0,
        };
        int[] ids = checkpoint.Spec.Input is TokenInput text ? [.. Enumerable.Range(0, 20).Select(_ => random.Next(text.Vocabulary))] : [];
        float[] values = [.. Enumerable.Range(0, numbers).Select(_ => random.NextSingle() - 0.5f)];
        AssertEqualsInference(checkpoint.Spec, checkpoint.Weights, [new(values, ids, [])], 1e-4);
    }

    private static void AssertEqualsInference(TransformerSpec spec, TransformerWeights weights, Sample[] samples, double tolerance)
    {
        var run = new TransformerRun(spec, weights, new FloatProduct());
        var workspace = new TransformerWorkspace(spec);
        var expected = new List<float>();
        for (int i = 0; i < samples.Length; i++)
        {
            var logits = new float[spec.Logits(samples[i].Ids.Length)];
            if (spec.Input is TokenInput) run.Forward(i, samples[i].Ids, samples[i].Segments, workspace, logits);
            else run.Forward(i, samples[i].Values, workspace, logits);
            expected.AddRange(logits);
        }
        var parameters = new TransformerParameters(spec);
        float[] actual = Forward(parameters, parameters.FromWeights(weights), samples);
        Assert.Equal(expected.Count, actual.Length);
        for (int i = 0; i < actual.Length; i++) Assert.Equal(expected[i], actual[i], tolerance);
    }

    private static float[] Forward(TransformerParameters parameters, float[] values, Sample[] samples) =>
        new TrainableTransformer(parameters).Forward(new Tape(), values, default, Batch(parameters.Spec, samples)).Value.ToArray();

    private static TrainingBatch Batch(TransformerSpec spec, Sample[] samples) => new()
    {
        Values = samples.SelectMany(s => s.Values).ToArray(),
        Ids = samples.SelectMany(s => s.Ids).ToArray(),
        Segments = samples.SelectMany(s => s.Segments).ToArray(),
        Lengths = samples.Select(s => spec.Input is TokenInput ? s.Ids.Length : spec.Tokens - spec.Input.ClassTokens).ToArray(),
        Labels = default,
    };

    // Patches of 3 x 3 of 6 x 6 pixels, or frames of three features.
    private static int PatchOf(TransformerSpec spec, int i) => spec.Input is FeatureInput ? i / 3 : i / 6 % 6 / 3 * 2 + i % 6 / 3;

    private sealed record Sample(float[] Values, int[] Ids, int[] Segments);
}

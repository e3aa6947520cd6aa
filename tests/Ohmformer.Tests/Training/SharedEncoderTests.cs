using System.Text.Json;
using Ohmformer.Files;
using Ohmformer.Models;
using Ohmformer.Techniques.Trex;
using Ohmformer.Tests.Models;
using Ohmformer.Training;

namespace Ohmformer.Tests.Training;

public sealed class SharedEncoderTests
{
    /// <summary>Encoders 0 and 1, 2 and 3, and 4 alone.</summary>
    private static readonly TransformerParameters Pairs = new(RandomTransformer.Tiny with { Layers = 5 }, sharedEncoders: 2);

    [Fact]
    public void A_group_has_the_parameters_of_one_encoder()
    {
        Assert.Equal(new TransformerParameters(RandomTransformer.Tiny with { Layers = 3 }).Count, Pairs.Count);
        Assert.Equal(Pairs.Count, Pairs.Blocks.Sum(b => b.Length));
        Assert.Equal(Pairs["encoder.2.mlpIn.weight"].Offset, Pairs["encoder.3.mlpIn.weight"].Offset);
        Assert.NotEqual(Pairs["encoder.1.mlpIn.weight"].Offset, Pairs["encoder.2.mlpIn.weight"].Offset);
        Assert.Equal([0, 1, 0, 1, 0], Enumerable.Range(0, 5).Select(l => Pairs[$"encoder.{l}.query.weight"].Reading));
    }

    [Theory]
    [InlineData(Initialization.Glorot)]
    [InlineData(Initialization.Mimetic)]
    public void Encoders_of_a_group_are_written_out_equal_to_the_bit(Initialization initialization)
    {
        var encoders = Pairs.ToWeights(Pairs.Initialize(1, initialization)).Encoders;
        string[] texts = [.. encoders.Select(e => JsonSerializer.Serialize(e))];
        Assert.Equal((texts[0], texts[2]), (texts[1], texts[3]));
        Assert.Equal(3, texts.Distinct().Count());
    }

    [Fact]
    public void Forward_pass_is_that_of_the_network_that_is_written()
    {
        float[] values = Pairs.Initialize(1);
        var whole = new TransformerParameters(Pairs.Spec);
        Assert.Equal(Logits(whole, whole.FromWeights(Pairs.ToWeights(values))), Logits(Pairs, values));
    }

    [Theory]
    [InlineData("vit", 2)]
    [InlineData("vit", 4)]
    [InlineData("kwt", 3)]
    public void Gradients_are_those_of_central_differences(string family, int shared)
    {
        var parameters = new TransformerParameters(RandomTransformer.Families[family] with { Layers = 4 }, shared);
        BlockGradients.Check(parameters, [.. parameters.Initialize(2).Select((v, i) => v + 0.2f * MathF.Sin(i))], Batch(parameters.Spec));
    }

    [Fact]
    public void The_gradient_of_a_shared_weight_is_the_sum_over_its_encoders()
    {
        float[] values = Pairs.Initialize(1), gradients = new float[Pairs.Count];
        var whole = new TransformerParameters(Pairs.Spec);
        float[] wholeValues = whole.FromWeights(Pairs.ToWeights(values)), expected = new float[whole.Count];
        AddGradients(Pairs, values, gradients);
        AddGradients(whole, wholeValues, expected);
        foreach (var block in Pairs.Blocks)
        {
            string[] names = [.. whole.Blocks.Select(b => b.Name).Where(name => Pairs[name].Offset == block.Offset)];
            for (int i = 0; i < block.Length; i++)
                Assert.Equal(names.Sum(name => (double)expected[whole[name].Offset + i]), gradients[block.Offset + i], 1e-5);
        }
    }

    [Fact]
    public void Shared_weights_start_as_those_of_the_first()
    {
        var spec = RandomTransformer.Tiny with { Layers = 4 };
        var threes = new TransformerParameters(spec, sharedEncoders: 3);
        var weights = RandomTransformer.Weights(spec);
        var encoders = threes.ToWeights(threes.FromWeights(weights)).Encoders;
        Assert.All(encoders.Take(3), encoder => Assert.Equal(JsonSerializer.Serialize(weights.Encoders[0]), JsonSerializer.Serialize(encoder)));
        Assert.Equal(JsonSerializer.Serialize(weights.Encoders[3]), JsonSerializer.Serialize(encoders[3]));
    }

    [Fact]
    public void Every_encoder_reads_the_shared_array_anew()
    {
        var pass = new ForwardKey(1, Step: 3, Epoch: 0, new[] { 0 });
        var noise = new TrexNoiseSpec { ReadNoise = 0.1, WriteNoise = 0 }.Build(Pairs.Spec, pass);
        float[] Read(TransformerParameters parameters, string name)
        {
            float[] weight = [.. Enumerable.Repeat(1f, parameters[name].Length)];
            noise.Weight(parameters[name], weight);
            return weight;
        }
        Assert.Equal(Read(new(Pairs.Spec), "encoder.0.query.weight"), Read(Pairs, "encoder.0.query.weight"));
        Assert.Equal(Read(Pairs, "encoder.1.query.weight"), Read(Pairs, "encoder.1.query.weight"));
        Assert.NotEqual(Read(Pairs, "encoder.0.query.weight"), Read(Pairs, "encoder.1.query.weight"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(6)]
    public void Sharing_among_none_or_more_than_all_is_an_error(int shared) =>
        Assert.Contains("choose 1 to 5", Assert.Throws<InputException>(() => new TransformerParameters(Pairs.Spec, shared)).Message, StringComparison.Ordinal);

    [Fact]
    public void Encoders_that_reuse_attention_have_no_weights_to_share() => Assert.Contains(
        "reuses attention", Assert.Throws<InputException>(() => new TransformerParameters(Pairs.Spec with { Reuse = new([1]) }, 2)).Message, StringComparison.Ordinal);

    private static TrainingBatch Batch(TransformerSpec spec) => new()
    {
        Values = (float[])[.. RandomTransformer.Values(spec), .. RandomTransformer.Values(spec, seed: 3)],
        Lengths = new[] { 4, 4 },
        Labels = new[] { 1, 3 },
    };

    private static float[] Logits(TransformerParameters parameters, float[] values) =>
        new TrainableTransformer(parameters).Forward(new Tape(), values, default, Batch(parameters.Spec)).Value.ToArray();

    private static void AddGradients(TransformerParameters parameters, float[] values, float[] gradients)
    {
        var tape = new Tape();
        var batch = Batch(parameters.Spec);
        tape.Backward(tape.CrossEntropy(new TrainableTransformer(parameters).Forward(tape, values, gradients, batch), batch.Labels));
    }
}

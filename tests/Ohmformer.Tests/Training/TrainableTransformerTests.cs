using Ohmformer.Mapping;
using Ohmformer.Models;
using Ohmformer.Training;

namespace Ohmformer.Tests.Training;

public sealed class TrainableTransformerTests
{
    [Theory]
    [InlineData(1, 8, 2, 12, 6, 3, 2, 3, true)]
    [InlineData(3, 21, 3, 17, 10, 5, 1, 7, true)]
    [InlineData(2, 16, 1, 33, 4, 4, 3, 1, false)]
    public void Forward_pass_equals_inference(int layers, int hidden, int heads, int intermediate, int image, int patch, int channels, int classes, bool bias)
    {
        var spec = new TransformerSpec
        {
            Name = "test",
            Layers = layers,
            Hidden = hidden,
            Heads = heads,
            Intermediate = intermediate,
            Input = new ImageInput { Size = image, PatchSize = patch, Channels = channels, ClassTokens = 1 },
            Classes = classes,
            QkvBias = bias,
        };
        var parameters = new TransformerParameters(spec);
        var random = new Random(1);
        float[] values = [.. parameters.Initialize(7).Select(v => v + 0.2f * (random.NextSingle() - 0.5f))];
        const int batch = 3;
        int length = channels * image * image;
        float[] images = [.. Enumerable.Range(0, batch * length).Select(_ => random.NextSingle() * 2 - 1)];

        var actual = new TrainableTransformer(parameters).Forward(
            new Tape(), values, default, new TrainingBatch { Values = images, Lengths = Enumerable.Repeat(spec.Tokens - 1, batch).ToArray(), Labels = default }).Value;

        var run = new TransformerRun(spec, parameters.ToWeights(values), new FloatProduct());
        var workspace = new TransformerWorkspace(spec);
        var expected = new float[classes];
        for (int i = 0; i < batch; i++)
        {
            run.Forward(i, images.AsSpan(i * length, length), workspace, expected);
            for (int c = 0; c < classes; c++) Assert.Equal(expected[c], actual[i * classes + c], 1e-4);
        }
    }

    [Fact]
    public void Initial_values_have_their_deviation_and_depend_on_the_seed_only()
    {
        var parameters = new TransformerParameters(new TransformerSpec
        {
            Name = "test",
            Layers = 2,
            Hidden = 64,
            Heads = 4,
            Intermediate = 128,
            Input = new ImageInput { Size = 28, PatchSize = 4, Channels = 1, ClassTokens = 1 },
            Classes = 10,
        });
        float[] values = parameters.Initialize(1);
        Assert.Equal(values, parameters.Initialize(1));
        Assert.NotEqual(values, parameters.Initialize(2));

        var weight = parameters["encoder.1.mlpIn.weight"];
        double square = values.AsSpan(weight.Offset, weight.Length).ToArray().Average(v => (double)v * v);
        Assert.Equal(Math.Sqrt(2.0 / (64 + 128)), Math.Sqrt(square), 0.002);
        var projection = parameters["encoder.1.projection.weight"];
        square = values.AsSpan(projection.Offset, projection.Length).ToArray().Average(v => (double)v * v);
        Assert.Equal(Math.Sqrt(2.0 / 128) / 2, Math.Sqrt(square), 0.002);
        Assert.All(values[parameters["finalNorm.gain"].Offset..][..64], v => Assert.Equal(1, v));
        Assert.All(values[parameters["head.bias"].Offset..][..10], v => Assert.Equal(0, v));
    }

    [Fact]
    public void Only_the_weights_of_linear_layers_decay()
    {
        var parameters = new TransformerParameters(new TransformerSpec
        {
            Name = "test",
            Layers = 1,
            Hidden = 8,
            Heads = 2,
            Intermediate = 8,
            Input = new ImageInput { Size = 4, PatchSize = 2, Channels = 1, ClassTokens = 1 },
            Classes = 2,
        });
        Assert.Equal(
            ["embedding", "encoder.0.query", "encoder.0.key", "encoder.0.value", "encoder.0.projection", "encoder.0.mlpIn", "encoder.0.mlpOut", "head"],
            parameters.Blocks.Where(b => b.Decays).Select(b => b.Name[..^".weight".Length]));
        Assert.Equal(parameters.Count, parameters.Blocks.Sum(b => b.Length));
    }
}

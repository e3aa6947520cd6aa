using System.Text.Json;
using Ohmformer.Models;
using Ohmformer.Training;

namespace Ohmformer.Tests.Training;

/// <summary>Compares with PyTorch in double precision; reference/make_reference.py wrote the numbers.</summary>
public sealed class TransformerReferenceTests
{
    private readonly JsonElement _reference = JsonDocument.Parse(
        File.ReadAllText(Path.Combine(SharedData.Project, "tests/Ohmformer.Tests/Training/reference/vit_reference.json"))).RootElement;

    private readonly TransformerParameters _parameters;
    private readonly float[] _values, _gradients;

    public TransformerReferenceTests()
    {
        _parameters = new TransformerParameters(new TransformerSpec
        {
            Name = "reference",
            Layers = Int("layers"),
            Hidden = Int("hidden"),
            Heads = Int("heads"),
            Intermediate = Int("intermediate"),
            Input = new ImageInput { Size = Int("imageSize"), PatchSize = Int("patchSize"), Channels = Int("channels"), ClassTokens = 1 },
            Classes = Int("classes"),
            NormEpsilon = _reference.GetProperty("normEpsilon").GetDouble(),
        });
        _values = Flat("parameters");
        _gradients = new float[_parameters.Count];
    }

    [Fact]
    public void Logits_loss_and_all_gradients_equal_those_of_PyTorch()
    {
        var tape = new Tape();
        var logits = Logits(tape);
        AssertClose(Floats(_reference.GetProperty("logits")), logits.Value, "logits");
        var loss = Loss(tape, logits);
        Assert.Equal(_reference.GetProperty("loss").GetDouble(), loss.Value[0], 1e-5);
        tape.Backward(loss);
        foreach (var block in _parameters.Blocks)
            AssertClose(
                Floats(_reference.GetProperty("gradients").GetProperty(block.Name)), _gradients.AsSpan(block.Offset, block.Length), block.Name);
    }

    [Fact]
    public void AdamW_follows_the_trajectory_of_PyTorch()
    {
        var optimizer = new AdamW(_parameters.Count);
        double rate = _reference.GetProperty("rate").GetDouble(), decay = _reference.GetProperty("decay").GetDouble();
        int step = 0;
        foreach (var expected in _reference.GetProperty("losses").EnumerateArray())
        {
            var tape = new Tape();
            Array.Clear(_gradients);
            var loss = Loss(tape, Logits(tape));
            Assert.Equal(expected.GetDouble(), loss.Value[0], 1e-4);
            tape.Backward(loss);
            step++;
            foreach (var block in _parameters.Blocks)
                optimizer.Update(_values, _gradients, block.Offset, block.Length, step, rate, block.Decays ? decay : 0);
        }
        // Adam divides by the size of the gradient, so elements with a tiny gradient carry its full relative error: keys have no
        // effect on the softmax through their bias, and their gradient is rounding noise.
        foreach (var block in _parameters.Blocks.Where(b => !b.Name.EndsWith("key.bias", StringComparison.Ordinal)))
            AssertClose(
                Floats(_reference.GetProperty("parametersAfter").GetProperty(block.Name)), _values.AsSpan(block.Offset, block.Length), block.Name);
    }

    private Tensor Logits(Tape tape)
    {
        float[] images = Floats(_reference.GetProperty("images"));
        int[] lengths = [.. Enumerable.Repeat(_parameters.Spec.Tokens - 1, _reference.GetProperty("labels").GetArrayLength())];
        return new TrainableTransformer(_parameters).Forward(tape, _values, _gradients, new TrainingBatch { Values = images, Lengths = lengths, Labels = default });
    }

    private Tensor Loss(Tape tape, Tensor logits)
    {
        int[] labels = [.. _reference.GetProperty("labels").EnumerateArray().Select(l => l.GetInt32())];
        float[] targets = SmoothedLabels.Of(labels, Int("classes"), _reference.GetProperty("smoothing").GetDouble());
        return tape.Scale(tape.CrossEntropy(logits, labels, targets), 1f / labels.Length);
    }

    private float[] Flat(string name)
    {
        var values = new float[_parameters.Count];
        var blocks = _reference.GetProperty(name);
        Assert.Equal(_parameters.Blocks.Count, blocks.EnumerateObject().Count());
        foreach (var block in _parameters.Blocks) Floats(blocks.GetProperty(block.Name)).CopyTo(values, block.Offset);
        return values;
    }

    private int Int(string name) => _reference.GetProperty(name).GetInt32();

    private static float[] Floats(JsonElement array) => [.. array.EnumerateArray().Select(v => (float)v.GetDouble())];

    // Relative to the largest element of the block.
    private static void AssertClose(float[] expected, ReadOnlySpan<float> actual, string name)
    {
        Assert.Equal(expected.Length, actual.Length);
        float size = expected.Max(MathF.Abs);
        for (int i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(expected[i] - actual[i]) <= 1e-4f * size + 1e-7f, $"{name}[{i}]: {actual[i]} for {expected[i]}");
    }
}

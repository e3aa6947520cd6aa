using System.Text.Json;
using Ohmformer.Models;
using Ohmformer.Models.Checkpoints;
using Ohmformer.Training;

namespace Ohmformer.Tests.Training;

/// <summary>Gradients of tiny checkpoints against PyTorch's autograd in double precision; reference/make_gradients.py wrote them as checkpoints of gradients.</summary>
public sealed class FamilyGradientTests
{
    [Theory]
    [InlineData("bert-classifier")]
    [InlineData("gpt2-tied")]
    [InlineData("llama-halves")]
    [InlineData("kwt")]
    [InlineData("vit-reuse")]
    [InlineData("bert-reuse")]
    public void Loss_and_all_gradients_are_those_of_PyTorch(string model)
    {
        string tests = Path.Combine(SharedData.Project, "tests/Ohmformer.Tests"), folder = Path.Combine(tests, "Training/reference/gradients", model);
        var checkpoint = Checkpoint.Load(Path.Combine(tests, "Models/reference", model));
        var parameters = new TransformerParameters(checkpoint.Spec);
        float[] expected = parameters.FromWeights(Checkpoint.Load(folder).Weights), actual = new float[parameters.Count];
        var reference = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "expected.json"))).RootElement;
        var batch = Batch(checkpoint.Spec, reference);

        var tape = new Tape();
        var logits = new TrainableTransformer(parameters).Forward(tape, parameters.FromWeights(checkpoint.Weights), actual, batch);
        var loss = tape.Scale(tape.CrossEntropy(logits, batch.Labels), 1f / batch.Labels.ToArray().Count(label => label >= 0));
        Assert.Equal(reference.GetProperty("loss").GetDouble(), loss.Value[0], 1e-5);
        tape.Backward(loss);
        foreach (var block in parameters.Blocks)
        {
            float size = expected.AsSpan(block.Offset, block.Length).ToArray().Max(MathF.Abs);
            for (int i = block.Offset; i < block.Offset + block.Length; i++)
                Assert.True(Math.Abs(expected[i] - actual[i]) <= 1e-4f * size + 1e-7f, $"{block.Name}[{i - block.Offset}]: {actual[i]} for {expected[i]}");
        }
    }

    private static TrainingBatch Batch(TransformerSpec spec, JsonElement reference)
    {
        int[] labels = reference.GetProperty("labels").Deserialize<int[]>()!;
        if (spec.Input is not TokenInput)
        {
            int own = spec.Tokens - spec.Input.ClassTokens;
            return new TrainingBatch { Values = reference.GetProperty("values").Deserialize<float[]>()!, Lengths = new[] { own, own }, Labels = labels };
        }
        int[][] texts = reference.GetProperty("ids").Deserialize<int[][]>()!;
        int[][] segments = reference.TryGetProperty("segments", out var found) ? found.Deserialize<int[][]>()! : [];
        return new TrainingBatch
        {
            Ids = texts.SelectMany(t => t).ToArray(),
            Segments = segments.SelectMany(s => s).ToArray(),
            Lengths = texts.Select(t => t.Length).ToArray(),
            Labels = labels,
        };
    }
}

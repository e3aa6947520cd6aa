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
    [InlineData("lvvit")]
    public void Loss_and_all_gradients_are_those_of_PyTorch(string model) => AssertEqualsPyTorch(model, Network(model), null);

    [Fact]
    public void Loss_and_all_gradients_of_a_network_with_a_teacher_are_those_of_PyTorch()
    {
        // The teacher is the network with negated positions.
        var student = Network("lvvit");
        var teacher = student with { Weights = student.Weights with { Positions = [.. student.Weights.Positions!.Select(p => -p)] } };
        AssertEqualsPyTorch("lvvit-distilled", student, new(teacher, new() { Answers = 0.1, ClassToken = 0.5, Dense = 0.2 }));
    }

    private static void AssertEqualsPyTorch(string reference, Checkpoint checkpoint, Teacher? teacher)
    {
        string folder = Path.Combine(SharedData.Project, "tests/Ohmformer.Tests/Training/reference/gradients", reference);
        var parameters = new TransformerParameters(checkpoint.Spec);
        float[] expected = parameters.FromWeights(Checkpoint.Load(folder).Weights), actual = new float[parameters.Count];
        var told = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "expected.json"))).RootElement;
        var batch = Batch(checkpoint.Spec, told);

        var tape = new Tape();
        var answer = new TrainableTransformer(parameters).Answer(tape, parameters.FromWeights(checkpoint.Weights), actual, batch);
        var loss = tape.CrossEntropy(answer.Logits, batch.Labels);
        if (teacher is not null) loss = tape.Add(loss, teacher.Penalty(tape, batch, answer)!);
        loss = tape.Scale(loss, 1f / batch.Labels.ToArray().Count(label => label >= 0));
        Assert.Equal(told.GetProperty("loss").GetDouble(), loss.Value[0], 1e-5);
        tape.Backward(loss);
        foreach (var block in parameters.Blocks)
        {
            float size = expected.AsSpan(block.Offset, block.Length).ToArray().Max(MathF.Abs);
            for (int i = block.Offset; i < block.Offset + block.Length; i++)
                Assert.True(Math.Abs(expected[i] - actual[i]) <= 1e-4f * size + 1e-7f, $"{block.Name}[{i - block.Offset}]: {actual[i]} for {expected[i]}");
        }
    }

    private static Checkpoint Network(string model) => Checkpoint.Load(Path.Combine(SharedData.Project, "tests/Ohmformer.Tests/Models/reference", model));

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

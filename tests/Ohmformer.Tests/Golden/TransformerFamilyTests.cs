using System.Text.Json;
using Ohmformer.Files;
using Ohmformer.Mapping;
using Ohmformer.Models;
using Ohmformer.Models.Checkpoints;

namespace Ohmformer.Tests.Golden;

/// <summary>Public language and speech models against logits and metrics that other programs computed.</summary>
public sealed class TransformerFamilyTests
{
    private const string Stories = "data/models/llama-stories260k", Characters = "data/models/llama-baby-char",
        Sort = "data/models/gpt2-nano-sort", Speech = "data/models/kwt1-speech-commands";

    [SharedFact(Stories)]
    public void Logits_of_llama_stories260k_are_the_reference() => AssertGoldenText(Stories);

    [SharedFact(Characters)]
    public void Logits_of_llama_baby_char_are_the_reference() => AssertGoldenText(Characters);

    [SharedFact(Stories)]
    public void Llama_stories260k_has_its_perplexity() => AssertPerplexity(Stories, "tinystories_token_ids.json");

    [SharedFact(Characters)]
    public void Llama_baby_char_has_its_perplexity() => AssertPerplexity(Characters, "tinystories_char_ids.json");

    [SharedFact(Sort)]
    public void Gpt2_nano_sort_sorts_all_sequences_of_six_letters()
    {
        var model = Load(Sort);
        var run = new TransformerRun(model.Spec, model.Weights, new FloatProduct());
        var workspace = new TransformerWorkspace(model.Spec);
        var logits = new float[model.Spec.Logits(model.Spec.Tokens)];
        int sorted = 0;
        for (int number = 0; number < 729; number++)
        {
            List<int> ids = [.. Enumerable.Range(0, 6).Select(i => number / (int)Math.Pow(3, i) % 3)];
            int[] expected = [.. ids.Order()];
            while (ids.Count < 12)
            {
                run.Forward(number, [.. ids], [], workspace, logits);
                var last = logits.AsSpan((ids.Count - 1) * 3, 3);
                ids.Add(last.IndexOf(Math.Max(last[0], Math.Max(last[1], last[2]))));
            }
            if (ids.Skip(6).SequenceEqual(expected)) sorted++;
        }
        Assert.Equal(729, sorted);
    }

    [SharedFact(Speech)]
    public void Logits_and_accuracy_of_kwt1_are_the_reference()
    {
        var model = Load(Speech);
        NpyArray golden = Array(Speech, "golden_logits.npy"), features = Array(Speech, "features.npy");
        float[] expected = golden.ToFloats(), x = features.ToFloats();
        int[] labels = Array(Speech, "labels.npy").ToInts();
        int count = labels.Length, classes = model.Spec.Classes, length = x.Length / count;
        var logits = new float[count * classes];
        var run = new TransformerRun(model.Spec, model.Weights, new FloatProduct());
        Parallel.For(0, count, () => new TransformerWorkspace(model.Spec), (i, _, workspace) =>
        {
            run.Forward(i, x.AsSpan(i * length, length), workspace, logits.AsSpan(i * classes, classes));
            return workspace;
        }, _ => { });

        AssertClose(expected, logits);
        int correct = labels.Index().Count(l => logits.AsSpan(l.Index * classes, classes).IndexOf(logits.AsSpan(l.Index * classes, classes).ToArray().Max()) == l.Item);
        Assert.Equal(0.9763, (double)correct / count, 0.00005);
        Assert.Equal(["_silence_", "_unknown_", "yes"], model.Labels.Take(3));
    }

    private static void AssertGoldenText(string folder)
    {
        var model = Load(folder);
        int[] ids = JsonSerializer.Deserialize<int[]>(File.ReadAllText(SharedData.Get($"{folder}/golden_input_ids.json")))!;
        var logits = new float[model.Spec.Logits(ids.Length)];
        new TransformerRun(model.Spec, model.Weights, new FloatProduct()).Forward(0, ids, [], new(model.Spec, ids.Length), logits);
        AssertClose(Array(folder, "golden_logits.npy").ToFloats(), logits);
    }

    /// <summary>Mean negative log-likelihood and top-1 accuracy of every next token, against a float64 computation.</summary>
    private static void AssertPerplexity(string folder, string texts)
    {
        var model = Load(folder);
        int[][] sequences = JsonSerializer.Deserialize<int[][]>(File.ReadAllText(SharedData.Get($"{folder}/{texts}")))!;
        var metrics = JsonDocument.Parse(File.ReadAllText(SharedData.Get($"{folder}/reference_metrics.json"))).RootElement;
        var run = new TransformerRun(model.Spec, model.Weights, new FloatProduct());
        double loss = 0;
        int predicted = 0, correct = 0;
        Parallel.For(0, sequences.Length, () => new TransformerWorkspace(model.Spec), (i, _, workspace) =>
        {
            int[] ids = sequences[i];
            int classes = model.Spec.Classes;
            var logits = new float[model.Spec.Logits(ids.Length)];
            run.Forward(i, ids, [], workspace, logits);
            double sum = 0;
            int hits = 0;
            for (int t = 0; t + 1 < ids.Length; t++)
            {
                var row = logits.AsSpan(t * classes, classes).ToArray();
                sum += Math.Log(row.Sum(v => Math.Exp(v))) - row[ids[t + 1]];
                if (row.Max() == row[ids[t + 1]]) hits++;
            }
            lock (sequences) (loss, predicted, correct) = (loss + sum, predicted + ids.Length - 1, correct + hits);
            return workspace;
        }, _ => { });
        Assert.Equal(metrics.GetProperty("predicted_tokens").GetInt32(), predicted);
        Assert.Equal(metrics.GetProperty("perplexity").GetDouble(), Math.Exp(loss / predicted), 1e-4);
        Assert.Equal(metrics.GetProperty("top1").GetDouble(), (double)correct / predicted, 1e-3);
    }

    private static void AssertClose(float[] expected, float[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        float worst = expected.Zip(actual, (a, b) => MathF.Abs(a - b)).Max();
        Assert.True(worst < 1e-4, $"logits differ by up to {worst}");
    }

    private static Checkpoint Load(string folder) => Checkpoint.Load(SharedData.Get(folder));

    private static NpyArray Array(string folder, string file) => NpyArray.Load(SharedData.Get($"{folder}/{file}"));
}

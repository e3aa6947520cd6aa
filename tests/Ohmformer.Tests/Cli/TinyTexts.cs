using Ohmformer.Files;
using Ohmformer.Mapping;
using Ohmformer.Models;
using Ohmformer.Models.Checkpoints;
using Ohmformer.Models.Tokenizers;

namespace Ohmformer.Tests.Cli;

/// <summary>Tiny random models that read text or features, with data that fit them, for tests of the command line.</summary>
internal sealed class TinyTexts : IDisposable
{
    /// <summary>13 words, as many as the models know.</summary>
    private static readonly string[] Words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "red", "green", "blue", "is", "not", "the", "sea", "."];

    private readonly TemporaryFolder _folder = new();

    public TinyTexts()
    {
        foreach (string model in new[] { "bert-classifier", "bert-span" })
        {
            string folder = Directory.CreateDirectory(File(model)).FullName;
            foreach (string file in Directory.GetFiles(Reference(model))) System.IO.File.Copy(file, Path.Combine(folder, Path.GetFileName(file)));
            System.IO.File.WriteAllText(Path.Combine(folder, "vocab.txt"), string.Join('\n', Words) + "\n");
        }
    }

    public string Classifier => File("bert-classifier");

    public string Answers => File("bert-span");

    /// <summary>A model that PyTorch has checked, without a tokenizer.</summary>
    public static string Reference(string model) => Path.Combine(SharedData.Project, "tests/Ohmformer.Tests/Models/reference", model);

    public string File(string name) => _folder.File(name);

    public string Write(string name, string content) => _folder.Write(name, content);

    /// <summary>A TSV file of pairs of sentences whose labels the classifier predicts in float, but for the first ones.</summary>
    public string Pairs(int samples, int wrong)
    {
        string[] labels = ["entailment", "neutral", "contradiction"];
        var checkpoint = Checkpoint.Load(Classifier);
        var tokenizer = Tokenizer.Load(Classifier);
        var run = new TransformerRun(checkpoint.Spec, checkpoint.Weights, new FloatProduct());
        var lines = new List<string> { "sentence1\tsentence2\tgold_label" };
        for (int i = 0; i < samples; i++)
        {
            string first = $"the {Words[5 + i % 3]} {Words[8 + i / 3 % 5]}", second = $"{Words[5 + i / 5 % 8]} {Words[5 + i % 7]}";
            var text = tokenizer.Encode(first, second);
            float[] logits = new float[3];
            run.Forward(i, text.Ids, text.Types, new(checkpoint.Spec), logits);
            lines.Add($"{first}\t{second}\t{labels[(logits.IndexOf(logits.Max()) + (i < wrong ? 1 : 0)) % 3]}");
        }
        return Write("pairs.tsv", string.Join('\n', lines) + "\n");
    }

    /// <summary>Features whose labels the keyword transformer predicts in float, but for the first ones.</summary>
    public string Clips(int clips, int wrong)
    {
        var checkpoint = Checkpoint.Load(Reference("kwt"));
        var (spec, input) = (checkpoint.Spec, (FeatureInput)checkpoint.Spec.Input);
        var run = new TransformerRun(spec, checkpoint.Weights, new FloatProduct());
        var random = new Random(1);
        float[] features = [.. Enumerable.Range(0, clips * input.Frames * input.Features).Select(_ => 2 * random.NextSingle() - 1)];
        byte[] labels = new byte[clips];
        for (int i = 0; i < clips; i++)
        {
            float[] logits = new float[spec.Classes];
            run.Forward(i, features.AsSpan(i * input.Frames * input.Features, input.Frames * input.Features), new(spec), logits);
            labels[i] = (byte)((logits.IndexOf(logits.Max()) + (i < wrong ? 1 : 0)) % spec.Classes);
        }
        NpyArray.Of(features, clips, input.Frames, input.Features).Save(File("features.npy"));
        NpyArray.Of(labels, clips).Save(File("labels.npy"));
        return File("features.npy");
    }

    public void Dispose() => _folder.Dispose();
}

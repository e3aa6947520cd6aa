using Ohmformer.Files;
using Ohmformer.Mapping;
using Ohmformer.Models;
using Ohmformer.Models.Checkpoints;
using Ohmformer.Models.Metrics;
using Ohmformer.Models.Texts;
using Ohmformer.Models.Tokenizers;
using Ohmformer.Numerics;
using Ohmformer.Training;
using Ohmformer.Training.Tasks;

namespace Ohmformer.Tests.Training.Tasks;

public sealed class LanguageTaskTests : IDisposable
{
    private static readonly string Words = string.Concat(Enumerable.Range(0, 400).Select(i => $"the {(i % 3 == 0 ? "old" : "new")} king went {i * i % 7} ways.\n"));

    private readonly TemporaryFolder _folder = new();
    private readonly string _train, _dev, _test;

    public LanguageTaskTests() => (_train, _dev, _test) = (_folder.Write("train.txt", Words), _folder.Write("dev.txt", Words[..600]), _folder.Write("test.txt", Words[^1000..]));

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Windows_of_an_epoch_are_neighbors_and_ask_for_every_next_token()
    {
        var task = Open(Spec());
        int[] text = LearnedVocabulary.BytePairs([Words], 275).Tokenizer.Encode(Words).Ids;
        int count = task.Count(DataPart.Train);
        Assert.Equal(text.Length / 16 - 1, count);
        var starts = new HashSet<int>();
        for (int epoch = 0; epoch < 20; epoch++)
        {
            var batch = task.Read(DataPart.Train, epoch, [.. Enumerable.Range(0, count)]);
            Assert.All(batch.Lengths.ToArray(), length => Assert.Equal(16, length));
            Assert.Equal(batch.Ids.ToArray()[1..], batch.Labels.ToArray()[..^1]);
            int start = Enumerable.Range(0, 16).First(s => batch.Ids.Span.SequenceEqual(text.AsSpan(s, count * 16)));
            Assert.Equal(text[start + count * 16], batch.Labels.Span[^1]);
            Assert.Equal(batch.Ids.ToArray()[32..48], task.Read(DataPart.Train, epoch, [2]).Ids.ToArray());
            starts.Add(start);
        }
        Assert.True(starts.Count > 8);
    }

    [Fact]
    public void Other_texts_are_scored_token_by_token_from_half_a_window_of_context()
    {
        var task = Open(Spec());
        int[] text = LearnedVocabulary.BytePairs([Words], 275).Tokenizer.Encode(Words[..600]).Ids;
        var batch = task.Read(DataPart.Validation, 0, [.. Enumerable.Range(0, task.Count(DataPart.Validation))]);
        Assert.Equal(text[1..], batch.Labels.ToArray().Where(label => label >= 0));
        Assert.Equal(16, batch.Labels.ToArray().TakeWhile(label => label >= 0).Count());
        Assert.Equal(8, batch.Labels.ToArray().Skip(16).TakeWhile(label => label < 0).Count());
    }

    [Fact]
    public void Held_out_windows_are_the_end_of_the_text()
    {
        var task = Open(Spec() with { Validation = null, ValidationSamples = 3 });
        var whole = Open(Spec());
        Assert.Equal(whole.Count(DataPart.Train) - 3, task.Count(DataPart.Train));
        var batch = task.Read(DataPart.Validation, 0, [.. Enumerable.Range(0, task.Count(DataPart.Validation))]);
        Assert.Equal(3 * 16 - 1, batch.Labels.ToArray().Count(label => label >= 0));
        Refused("tokens; the recipe tiny needs 160032", Spec() with { Validation = null, ValidationSamples = 10000 });
    }

    [Fact]
    public void A_vocabulary_is_not_learned_from_what_is_held_out()
    {
        // The end has many words that occur nowhere else, so their tokens would be learned from the whole text.
        const string end = "xyzzy xyzzy xyzzy xyzzy xyzzy xyzzy xyzzy xyzzy xyzzy xyzzy xyzzy xyzzy";
        string mixed = Words + end;
        var spec = Spec() with { Data = _folder.Write("mixed.txt", mixed), Validation = null, ValidationSamples = 5, Vocabulary = 300 };
        var task = Open(spec);
        task.Save(new TransformerParameters(task.Network).ToWeights(new float[new TransformerParameters(task.Network).Count]), _folder.File("saved"));
        var (saved, whole) = (Tokenizer.Load(_folder.File("saved")), LearnedVocabulary.BytePairs([mixed], 300).Tokenizer);
        Assert.Null(saved.IdOf("xyzzy"));
        Assert.NotNull(whole.IdOf("xyzzy"));

        // What is held out follows what is trained on, without a gap; it has so many windows in the tokens of the whole text.
        var held = task.Read(DataPart.Validation, 0, [.. Enumerable.Range(0, task.Count(DataPart.Validation))]);
        string text = saved.Decode([held.Ids.Span[0], .. held.Labels.ToArray().Where(label => label >= 0)]);
        Assert.EndsWith(text, mixed, StringComparison.Ordinal);
        Assert.Equal(5 * 16, whole.Encode(mixed).Tokens.Count(token => token.Start >= mixed.Length - text.Length));
        Assert.Equal(saved.Encode(mixed[..^text.Length]).Ids.Length / 16 - 1, task.Count(DataPart.Train));
        Assert.True(LearnedVocabulary.BytePairs([mixed[..^text.Length]], 300).Tokenizer.VocabularySize == saved.VocabularySize);
    }

    [Fact]
    public void The_test_loss_of_a_training_is_the_perplexity_of_the_saved_network()
    {
        string folder = _folder.File("saved");
        var recipe = Recipe(Spec(), epochs: 2);
        var result = new Trainer(recipe, Open(Spec()), folder, Workers.One).Run(resume: false, CancellationToken.None);
        Assert.True(result.Test.Loss < 3); // Of 275 tokens, 5.7 would be a guess.

        var (model, tokenizer) = (Checkpoint.Load(folder), Tokenizer.Load(folder));
        Assert.Equal(recipe.Name, result.Curve.Count == 2 ? "tiny" : "");
        var run = new TransformerRun(model.Spec, model.Weights, new FloatProduct());
        var workspace = new TransformerWorkspace(model.Spec);
        double sum = 0, tokens = 0;
        foreach (var window in TokenWindows.Load(_test, tokenizer, 17, 8).Windows)
        {
            var logits = new float[(window.Ids.Length - 1) * model.Spec.Classes];
            run.Forward(0, window.Ids.Span[..^1], [], workspace, logits);
            for (int t = window.Ids.Length - window.Predicted; t < window.Ids.Length; t++, tokens++)
                sum += Perplexity.NegativeLogLikelihood(logits.AsSpan((t - 1) * model.Spec.Classes, model.Spec.Classes), window.Ids.Span[t]);
        }
        Assert.Equal(sum / tokens, result.Test.Loss, 1e-4);
    }

    [Fact]
    public void A_training_starts_from_a_saved_network_and_its_tokenizer()
    {
        string folder = _folder.File("saved");
        new Trainer(Recipe(Spec()), Open(Spec()), folder, Workers.One).Run(resume: false, CancellationToken.None);
        var task = Open(Spec() with { Vocabulary = null, Context = 64 }, start: folder);
        Assert.Equal(16, task.Network.Tokens);
        Assert.Equal(275, task.Network.Classes);
    }

    [Fact]
    public void Texts_that_do_not_fit_are_refused()
    {
        Refused("the task has no tokenizer", Spec() with { Vocabulary = null });
        Refused("needs 8192, twice the context of 4096 and validationSamples", Spec() with { Context = 4096 });
        Refused("no such file", Spec() with { Test = _folder.File("none.txt") });
        Refused("is not UTF-8", Spec() with { Data = _folder.Write("bad.txt", new byte[] { 0x61, 0xFF }) });
        Refused("fewer than two tokens", Spec() with { Validation = _folder.Write("empty.txt", "") });
        Assert.Equal(nameof(LanguageTaskSpec.ValidationSamples), Assert.Single((Spec() with { ValidationSamples = 1 }).Violations()).Property);
    }

    private LanguageTaskSpec Spec() => new() { Data = _train, Validation = _dev, Test = _test, Vocabulary = 275, Context = 16 };

    private static TrainingRecipe Recipe(LanguageTaskSpec spec, string? start = null, int epochs = 1) => new()
    {
        Name = "tiny",
        Task = spec,
        Network = start is null ? new NetworkSpec { Layers = 1, Hidden = 16, Heads = 2, Intermediate = 16 } : null,
        Start = start,
        Optimization = new OptimizationSpec { Epochs = epochs, BatchSize = 8, LearningRate = 0.01, WarmUpEpochs = 0.2 },
    };

    private static ITrainingTask Open(LanguageTaskSpec spec, string? start = null)
    {
        var recipe = Recipe(spec, start);
        return spec.Open(recipe, new TrainingFiles(recipe, path => path));
    }

    private static void Refused(string message, LanguageTaskSpec spec) =>
        Assert.Contains(message, Assert.Throws<InputException>(() => Open(spec)).Message, StringComparison.Ordinal);
}

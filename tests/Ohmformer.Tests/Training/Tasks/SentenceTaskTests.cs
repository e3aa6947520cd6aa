using Ohmformer.Files;
using Ohmformer.Models.Checkpoints;
using Ohmformer.Models.Tokenizers;
using Ohmformer.Numerics;
using Ohmformer.Training;
using Ohmformer.Training.Tasks;

namespace Ohmformer.Tests.Training.Tasks;

public sealed class SentenceTaskTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _train, _dev, _test;

    public SentenceTaskTests()
    {
        _train = _folder.Write("train.tsv", Table(200));
        _dev = _folder.Write("dev.tsv", Table(11));
        _test = _folder.Write("test.tsv", Table(60));
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Samples_are_the_tokens_and_labels_of_their_sentences()
    {
        var task = Open(Spec());
        Assert.Equal((200, 11, 60), (task.Count(DataPart.Train), task.Count(DataPart.Validation), task.Count(DataPart.Test)));
        task.Save(new TransformerParameters(task.Network).ToWeights(new float[new TransformerParameters(task.Network).Count]), _folder.File("saved"));
        var tokenizer = Tokenizer.Load(_folder.File("saved"));
        var batch = task.Read(DataPart.Validation, 3, [4, 0]);
        int[][] texts = [tokenizer.Encode(Sentence(4)).Ids, tokenizer.Encode(Sentence(0)).Ids];
        Assert.Equal([.. texts[0], .. texts[1]], batch.Ids.ToArray());
        Assert.Equal(texts.Select(t => t.Length), batch.Lengths.ToArray());
        Assert.Equal([Label(4), Label(0)], batch.Labels.ToArray());
        Assert.All(batch.Segments.ToArray(), segment => Assert.Equal(0, segment));
    }

    [Fact]
    public void Pairs_have_two_segments()
    {
        string pairs = _folder.Write("pairs.tsv", "label\tsentence1\tsentence2\nentailment\ta b\tc\nnot_entailment\tc\ta\n");
        var task = Open(Spec() with { Data = pairs, Validation = null, Test = pairs, Glue = "rte" });
        var batch = task.Read(DataPart.Test, 0, [0]);
        Assert.Equal([0, 0, 0, 0, 1, 1], batch.Segments.ToArray());
        Assert.Equal(0, Assert.Single(batch.Labels.ToArray()));
    }

    [Fact]
    public void Left_out_tokens_depend_on_seed_epoch_and_sample_alone()
    {
        var task = Open(Spec() with { TokenDropout = 0.3 });
        int[] whole = task.Read(DataPart.Train, 0, [.. Enumerable.Range(0, 200)]).Ids.ToArray();
        int[] parts = [.. Enumerable.Range(0, 200).SelectMany(i => task.Read(DataPart.Train, 0, [i]).Ids.ToArray())];
        Assert.Equal(whole, parts);
        Assert.NotEqual(whole, task.Read(DataPart.Train, 1, [.. Enumerable.Range(0, 200)]).Ids.ToArray());
        Assert.NotEqual(whole, Open(Spec() with { TokenDropout = 0.3 }, seed: 2).Read(DataPart.Train, 0, [.. Enumerable.Range(0, 200)]).Ids.ToArray());

        var all = Open(Spec()).Read(DataPart.Train, 0, [.. Enumerable.Range(0, 200)]);
        double words = all.Ids.Length - 2 * 200;
        Assert.InRange((whole.Length - 2 * 200) / words, 0.66, 0.74); // 1 - 0.3 within 3 standard deviations.
        Assert.Equal(200, whole.Count(id => id == 2)); // [CLS]
        Assert.Equal(task.Read(DataPart.Test, 0, [7]).Ids.ToArray(), task.Read(DataPart.Test, 5, [7]).Ids.ToArray());
    }

    [Fact]
    public void Held_out_sentences_are_the_last_ones_and_no_source_of_words()
    {
        File.AppendAllText(_train, "zzz zzz zzz\t1\n");
        var task = Open(Spec() with { Validation = null, ValidationSamples = 1 });
        Assert.Equal((200, 1), (task.Count(DataPart.Train), task.Count(DataPart.Validation)));
        Assert.Contains(1, task.Read(DataPart.Validation, 0, [0]).Ids.ToArray()); // [UNK]
    }

    [Fact]
    public void Long_sentences_are_cut_and_labels_are_smoothed()
    {
        var task = Open(Spec() with { MostTokens = 4, LabelSmoothing = 0.2 });
        Assert.Equal(4, task.Network.Tokens);
        var batch = task.Read(DataPart.Train, 0, [0, 1]);
        Assert.Equal([4, 4], batch.Lengths.ToArray());
        Assert.Equal(0.9f, batch.Probabilities.Span[batch.Labels.Span[0]], 1e-6f);
        Assert.True(task.Read(DataPart.Test, 0, [0]).Probabilities.IsEmpty);
    }

    [Fact]
    public void A_trained_network_finds_the_words_that_decide_and_starts_another_training()
    {
        string first = _folder.File("first");
        Assert.Equal(1, Train(Spec() with { TokenDropout = 0.1 }, 6, first, start: null).Test.Accuracy);
        Assert.Equal(["0", "1"], Checkpoint.Load(first).Labels);
        Assert.Equal(1, Train(Spec() with { Vocabulary = null }, 1, _folder.File("second"), first).Test.Accuracy);
    }

    [Theory]
    [InlineData("the task has no tokenizer; give 'vocabulary'", null, null, null)]
    [InlineData("both 'vocabulary' and 'tokenizer'; remove one", 100, "somewhere", null)]
    [InlineData("no such directory", null, "nowhere", null)]
    [InlineData("no such model folder", null, null, "nowhere")]
    [InlineData("has no room for 5 special tokens", 8, null, null)]
    public void Tokenizers_that_cannot_be_had_are_refused(string message, int? vocabulary, string? tokenizer, string? start) =>
        Refused(message, Spec() with { Vocabulary = vocabulary, Tokenizer = tokenizer }, start);

    [Fact]
    public void Data_that_do_not_fit_are_refused()
    {
        Refused("validationSamples 200 leaves nothing of 200 training sentences", Spec() with { Validation = null, ValidationSamples = 200 });
        Refused("'sst' is no task; tasks are sst2", Spec() with { Glue = "sst" });
        Refused("has the columns of no known task; name it in the recipe as 'glue'", Spec() with { Data = _folder.Write("odd.tsv", "a\tb\tc\n") });
        Refused("test.tsv(61): 1 columns", Spec() with { Test = _folder.Write("test.tsv", Table(60) + "no label\n") });
        Refused("no such file", Spec() with { Validation = _folder.File("none.tsv") });
        Assert.Equal(nameof(SentenceTaskSpec.ValidationSamples), Assert.Single((Spec() with { ValidationSamples = 1 }).Violations()).Property);
    }

    private static string Sentence(int i) => $"{(i % 3 == 0 ? "the" : "a")} {(i % 7 < 3 ? "good" : "dull")} film {i % 5} , it {(i % 2 == 0 ? "runs" : "ends")}";

    private static int Label(int i) => i % 7 < 3 ? 1 : 0;

    private static string Table(int count) => string.Concat(Enumerable.Range(0, count).Select(i => $"{Sentence(i)}\t{Label(i)}\n"));

    private SentenceTaskSpec Spec() => new() { Data = _train, Validation = _dev, Test = _test, Vocabulary = 90 };

    private static TrainingRecipe Recipe(SentenceTaskSpec spec, ulong seed = 1, string? start = null, int epochs = 1) => new()
    {
        Name = "tiny",
        Task = spec,
        Network = start is null ? new NetworkSpec { Layers = 1, Hidden = 16, Heads = 2, Intermediate = 16 } : null,
        Start = start,
        Optimization = new OptimizationSpec { Epochs = epochs, BatchSize = 16, LearningRate = 0.01, WarmUpEpochs = 1 },
        Seed = seed,
    };

    private static ITrainingTask Open(SentenceTaskSpec spec, ulong seed = 1, string? start = null)
    {
        var recipe = Recipe(spec, seed, start);
        return spec.Open(recipe, new TrainingFiles(recipe, path => path));
    }

    private static TrainingResult Train(SentenceTaskSpec spec, int epochs, string folder, string? start)
    {
        var recipe = Recipe(spec, 1, start, epochs);
        return new Trainer(recipe, spec.Open(recipe, new TrainingFiles(recipe, path => path)), folder, Workers.One).Run(resume: false, CancellationToken.None);
    }

    private static void Refused(string message, SentenceTaskSpec spec, string? start = null) =>
        Assert.Contains(message, Assert.Throws<InputException>(() => Open(spec, start: start)).Message, StringComparison.Ordinal);
}

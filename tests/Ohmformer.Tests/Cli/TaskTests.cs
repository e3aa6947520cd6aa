using System.Globalization;
using System.Text.Json;
using Ohmformer.Files;
using Ohmformer.Lab;
using Ohmformer.Lab.Runs;
using Ohmformer.Lab.Tasks;
using Ohmformer.Mapping;
using static Ohmformer.Tests.Cli.CommandLine;

namespace Ohmformer.Tests.Cli;

/// <summary>Evaluations of models that do not classify images.</summary>
public sealed class TaskTests : IDisposable
{
    private const string Models = "data/models", Keywords = Models + "/kwt1-speech-commands", Stories = Models + "/llama-stories260k", Sorting = Models + "/gpt2-nano-sort", Sentiment = "data/sst2/dev.tsv";

    private readonly TinyTexts _texts = new();

    public void Dispose() => _texts.Dispose();

    [Fact]
    public void Pairs_of_sentences_have_an_accuracy()
    {
        string printed = Evaluate(_texts.Classifier, _texts.Pairs(samples: 16, wrong: 4), "--samples", "12", "--task", "mnli", "--design", "rram-default");
        Assert.Equal("text-classification", Result().GetProperty("task").GetString());
        Assert.Equal("accuracy", Result().GetProperty("metric").GetString());
        Assert.Equal((12, 8.0 / 12), (Number("samples"), Number("accuracy.float")));
        Assert.False(Result().TryGetProperty("score", out _));
        Assert.Contains("top-1 accuracy", printed, StringComparison.Ordinal);
        Assert.Contains("converter ranges calibrated on sentences 9 to 16 of the set", File.ReadAllText(_texts.File("run/log.txt")), StringComparison.Ordinal);
    }

    [Fact]
    public void CoLA_has_a_Matthews_correlation_and_an_accuracy()
    {
        string data = _texts.Write("cola.tsv", string.Concat(Enumerable.Range(0, 10).Select(i => $"x\t{i % 2}\t\tthe {(i % 3 == 0 ? "red" : "blue")} sea\n")));
        string printed = Evaluate(_texts.Classifier, data);
        Assert.Equal("matthews_correlation", Result().GetProperty("metric").GetString());
        Assert.InRange(Number("score.float"), -1, 1);
        Assert.InRange(Number("accuracy.float"), 0, 1);
        Assert.Contains("Matthews correlation", printed, StringComparison.Ordinal);
        Assert.Contains("top-1 accuracy", printed, StringComparison.Ordinal);
        Assert.Contains("the task cola has 2 classes", Result().GetProperty("warnings")[0].GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Long_sentences_are_cut()
    {
        string data = _texts.Write("long.tsv", $"red {string.Concat(Enumerable.Repeat("sea ", 30))}\t1\nblue\t0\n");
        Evaluate(_texts.Classifier, data);
        Assert.Contains("1 of 2 texts are cut to the 10 tokens", Result().GetProperty("warnings")[0].GetString(), StringComparison.Ordinal);
        Assert.Equal(10, Number("tokens"));
    }

    [Fact]
    public void Audio_features_have_an_accuracy()
    {
        Evaluate(TinyTexts.Reference("kwt"), _texts.Clips(clips: 9, wrong: 2));
        Assert.Equal("audio-classification", Result().GetProperty("task").GetString());
        Assert.Equal(7.0 / 9, Number("accuracy.float"), 1e-12);
    }

    [Fact]
    public void Perplexity_is_that_of_logits_by_PyTorch()
    {
        string model = TinyTexts.Reference("gpt2-tied");
        var expected = JsonDocument.Parse(File.ReadAllText(Path.Combine(model, "expected.json"))).RootElement;
        int[] ids = expected.GetProperty("ids").Deserialize<int[]>()!;
        double[] logits = expected.GetProperty("logits").Deserialize<double[]>()!;
        int classes = logits.Length / ids.Length;
        double loss = ids.Skip(1).Select((id, t) => Math.Log(logits.Skip(t * classes).Take(classes).Sum(Math.Exp)) - logits[t * classes + id]).Average();

        string printed = Evaluate(model, _texts.Write("ids.json", JsonSerializer.Serialize(new[] { ids })));
        Assert.Equal("language-modeling", Result().GetProperty("task").GetString());
        Assert.Equal(Math.Exp(loss), Number("score.float"), 1e-4);
        Assert.False(Result().TryGetProperty("accuracy", out _));
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"{Math.Exp(loss):F4}"), printed, StringComparison.Ordinal);
        Assert.Contains("perplexity with its 95 % interval", printed, StringComparison.Ordinal);
        Assert.Contains(",,", File.ReadAllLines(_texts.File("run/results.csv"))[1], StringComparison.Ordinal);
        string row = string.Join(',', Number("score.float"), Number("score.float_interval.low"), Number("score.float_interval.high")) + ",,,,,";
        Assert.EndsWith(row, File.ReadAllLines(_texts.File("run/results.csv"))[1], StringComparison.Ordinal);
    }

    [Fact]
    public void Answers_that_the_text_forces_are_scored_as_such()
    {
        // One word can only be answered by itself; "seas" is one unknown word, so "sea" cannot be the answer.
        string data = Squad("red|red", "sea|sea", "seas|sea");
        string printed = Evaluate(_texts.Answers, data);
        Assert.Equal("f1", Result().GetProperty("metric").GetString());
        foreach (string key in new[] { "score.float", "score.digital", "score.analog.mean", "accuracy.float" }) Assert.Equal(2.0 / 3, Number(key), 1e-12);
        Assert.Contains("exact match", printed, StringComparison.Ordinal);
    }

    [Fact]
    public void Long_contexts_are_cut_into_windows_and_threads_change_nothing()
    {
        string data = Squad("red sea . blue sea . the sea is not green . the sea is red|green", "red is not blue . the sea is the sea|blue");
        Evaluate(_texts.Answers, data, "--threads", "1");
        string one = Result().GetProperty("score").ToString();
        Assert.Equal(10, Number("tokens"));
        Evaluate(_texts.Answers, data, "--threads", "3");
        Assert.Equal(one, Result().GetProperty("score").ToString());
    }

    [Fact]
    public void Compare_tests_pairs_where_samples_are_right_or_wrong()
    {
        string[] compare = ["compare", "--designs", "rram-default,sram-65nm", "--noise-seeds", "1", "--json", _texts.File("all.json")];
        Assert.Contains("McNemar", Accepted([.. compare, "--output", _texts.File("pairs"), "--model", _texts.Classifier, "--data", _texts.Pairs(samples: 9, wrong: 3)]), StringComparison.Ordinal);
        string printed = Accepted([.. compare, "--output", _texts.File("ids"), "--model", TinyTexts.Reference("gpt2-tied"), "--data", _texts.Write("ids.json", "[[1, 2, 3, 4, 5, 6]]"), "--csv", _texts.File("all.csv")]);
        Assert.DoesNotContain("McNemar", printed, StringComparison.Ordinal);
        Assert.Contains("perplexity: float32", printed, StringComparison.Ordinal);
        Assert.Equal(1 + 2 * 3, File.ReadAllLines(_texts.File("all.csv")).Length);
    }

    [Fact]
    public void Data_and_tasks_that_do_not_fit_the_model_are_refused()
    {
        string gpt = TinyTexts.Reference("gpt2-tied"), sentences = _texts.Pairs(samples: 2, wrong: 0);
        Refused(_texts.Classifier, _texts.Write("ids.json", "[[1, 2]]"), "ids.json: holds token ids, but bert-classifier classifies text; name labeled sentences (.tsv of GLUE)");
        Refused(_texts.Classifier, _texts.File(""), "is a folder, but bert-classifier classifies text");
        Refused(gpt, sentences, "pairs.tsv: holds sentences, but");
        Refused(gpt, _texts.Write("text.txt", "the sea"), "holds no tokenizer: neither tokenizer.json nor vocab.txt nor vocab.json");
        Refused(gpt, _texts.Write("large.json", "[[1, 2], [3, 13]]"), "large.json: window 1 has the token id 13;");
        Refused(_texts.Answers, sentences, "holds sentences, but bert-span answers questions about texts");
        Refused(TinyTexts.Reference("kwt"), sentences, "classifies audio features; name labeled features");
        Refused(_texts.Classifier, _texts.Write("odd.tsv", "a\tb\tc\n"), "odd.tsv(1): has the columns of no known task; name the task with --task: sst2,");
        Refused(_texts.Classifier, sentences, "--task is language-modeling, but bert-classifier classifies text; its task is text-classification", "--task", "language-modeling");
        Refused(_texts.Classifier, sentences, "did you mean 'text-classification'?", "--task", "text-clasification");
        Refused(gpt, sentences, "--task is sst2, but", "--task", "sst2");
        RefusedWith("name labeled sentences with --data (.tsv of GLUE)", "evaluate", "--model", _texts.Classifier);
    }

    [Fact]
    public void Clips_that_do_not_fit_the_model_are_refused()
    {
        string clips = _texts.Clips(clips: 3, wrong: 0);
        NpyArray.Of(new byte[] { 0, 1, 3 }, 3).Save(_texts.File("labels.npy"));
        Refused(TinyTexts.Reference("kwt"), clips, "features.npy: clip 2 has label 3; the model");
        NpyArray.Of(new float[3 * 4], 3, 2, 2).Save(clips);
        Refused(TinyTexts.Reference("kwt"), clips, "clips have 2 frames of 2 features; the model");
    }

    [SharedFact(Keywords)]
    public void Kwt1_is_evaluated_on_its_features()
    {
        Evaluate(SharedData.Get(Keywords), SharedData.Get(Keywords), "--samples", "5");
        Assert.Equal((5, 1), (Number("samples"), Number("accuracy.float")));
        Assert.Equal(Number("accuracy.digital"), Number("accuracy.analog.mean"));
    }

    [SharedFact(Stories)]
    public void Stories_have_their_perplexity()
    {
        using var task = new TaskRun(new() { Model = SharedData.Get(Stories), Data = SharedData.Get(Stories + "/tinystories_token_ids.json"), Samples = 0, Threads = 2 });
        var metrics = JsonDocument.Parse(File.ReadAllText(SharedData.Get(Stories + "/reference_metrics.json"))).RootElement;
        var scores = task.Score(new FloatProduct(), "float", new Progress<PhaseProgress>(), CancellationToken.None);
        Assert.Equal(metrics.GetProperty("perplexity").GetDouble(), Scores.Of(Metric.Perplexity, scores), 1e-4);
    }

    [SharedFact(Stories)]
    public void Plain_text_is_cut_into_windows_that_the_model_predicts()
    {
        Evaluate(SharedData.Get(Stories), SharedData.Get(Stories + "/TinyStories-valid-excerpt.txt"), "--samples", "1");
        Assert.Equal((1, 512), (Number("samples"), Number("tokens")));
        Assert.InRange(Number("score.float"), 3, 8);
    }

    [SharedFact(Sorting)]
    public void Sorted_letters_surprise_the_sorting_model_less()
    {
        double[] perplexities = [.. new[] { "[2, 0, 1, 2, 1, 0, 0, 0, 1, 1, 2, 2]", "[2, 0, 1, 2, 1, 0, 2, 2, 1, 1, 0, 0]" }.Select(ids =>
        {
            Evaluate(SharedData.Get(Sorting), _texts.Write("ids.json", ids));
            return Number("score.float");
        })];
        Assert.True(2 * perplexities[0] < perplexities[1]);
    }

    [SharedFact(Sentiment)]
    public void Sentences_of_SST_2_are_read_and_cut()
    {
        Evaluate(_texts.Classifier, SharedData.Get(Sentiment), "--samples", "20");
        Assert.Equal((20, 10), (Number("samples"), Number("tokens")));
        Assert.InRange(Number("accuracy.float"), 0, 1);
    }

    private string Squad(params string[] contextsAndAnswers) => _texts.Write("squad.json", JsonSerializer.Serialize(new
    {
        data = new[]
        {
            new
            {
                paragraphs = contextsAndAnswers.Select((text, i) => (Context: text.Split('|')[0], Answer: text.Split('|')[1], i)).Select(q => new
                {
                    context = q.Context,
                    qas = new[] { new { id = $"q{q.i}", question = "the sea", answers = new[] { new { text = q.Answer, answer_start = q.Context.IndexOf(q.Answer, StringComparison.Ordinal) } } } },
                }),
            },
        },
    }));

    /// <summary>Evaluates on error-free arrays where no design is named; a run before is replaced.</summary>
    private string Evaluate(string model, string data, params string[] more)
    {
        if (Directory.Exists(_texts.File("run"))) Directory.Delete(_texts.File("run"), recursive: true);
        string[] design = more.Contains("--design") ? [] : ["--design", _texts.Write("exact.yaml", TinyInputs.ExactDesign)];
        return Accepted(["evaluate", "--model", model, "--data", data, "--noise-seeds", "1", "--output", _texts.File("run"), .. design, .. more]);
    }

    private void Refused(string model, string data, string message, params string[] more)
    {
        RefusedWith(message, ["evaluate", "--model", model, "--data", data, "--output", _texts.File("refused"), .. more]);
        Assert.False(Directory.Exists(_texts.File("refused")));
    }

    private JsonElement Result() => JsonDocument.Parse(File.ReadAllText(_texts.File("run/result.json"))).RootElement;

    private double Number(string path) => path.Split('.').Aggregate(Result(), (element, key) => element.GetProperty(key)).GetDouble();
}

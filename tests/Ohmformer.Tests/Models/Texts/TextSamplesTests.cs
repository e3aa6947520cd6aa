using Ohmformer.Files;
using Ohmformer.Models.Texts;

namespace Ohmformer.Tests.Models.Texts;

public sealed class TextSamplesTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("sst2", "a fine \"film\"\t1\r\nbad\t0\n", "a fine \"film\"", null, 1)]
    [InlineData("sst2", "sentence\tlabel\na film\t0", "a film", null, 0)]
    [InlineData("cola", "gj04\t0\t*\tThey drank the pub.\n", "They drank the pub.", null, 0)]
    [InlineData("mnli", "index\tsentence1\tsentence2\tlabel1\tgold_label\n7\tA man.\tA person.\tneutral\tcontradiction\n", "A man.", "A person.", 2)]
    [InlineData("qnli", "index\tquestion\tsentence\tlabel\n0\tWhy?\tBecause.\tnot_entailment\n", "Why?", "Because.", 1)]
    [InlineData("mrpc", "Quality\t#1 ID\t#2 ID\t#1 String\t#2 String\n1\t5\t6\tSame.\tEqual.\n", "Same.", "Equal.", 1)]
    public void Sentences_and_labels_are_read(string task, string content, string text, string? pair, int label)
    {
        string path = _folder.Write("a.tsv", content);
        Assert.Equal(new(text, pair, label), TextSamples.Read(path, TextTask.Named(task)).First());
        Assert.Equal(task, TextSamples.Detect(path)?.Name);
    }

    [Fact]
    public void Classes_may_be_in_the_order_of_the_model()
    {
        var task = TextTask.Named("mnli").OrderedAs(["CONTRADICTION", "NEUTRAL", "ENTAILMENT"]);
        Assert.Equal(["contradiction", "neutral", "entailment"], task.Labels);
        Assert.Same(task, task.OrderedAs(["LABEL_0", "LABEL_1", "LABEL_2"]));
    }

    [Theory]
    [InlineData("sst2", "good\t1\nbad\t2\n", "a.tsv(2): the label is '2' in column 2; labels of the task sst2 are '0', '1'")]
    [InlineData("sst2", "good\t1\nbad\n", "a.tsv(2): 1 columns; the task sst2 has 2 here")]
    [InlineData("sst2", "good\t1\tmore\n", "a.tsv(1): 3 columns; the task sst2 has 2 here")]
    [InlineData("rte", "a\tb\tc\n", "a.tsv(1): is no header; files of the task rte begin with a line that names the columns 'label', 'sentence1', 'sentence2'")]
    [InlineData("rte", "label\tsentence1\tsentence2\nentailment\tx\n", "a.tsv(2): 2 columns; the task rte has 3 here")]
    [InlineData("sst2", "", "a.tsv: is empty")]
    [InlineData("sst2", "sentence\tlabel\n", "a.tsv: is empty but for its header")]
    public void Lines_that_do_not_fit_are_refused(string task, string content, string message)
    {
        string path = _folder.Write("a.tsv", content);
        Assert.Contains(message, Assert.Throws<InputException>(() => TextSamples.Read(path, TextTask.Named(task)).Count()).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Unknown_tasks_are_refused() =>
        Assert.Contains("tasks are sst2, cola, mnli", Assert.Throws<InputException>(() => TextTask.Named("sst")).Message, StringComparison.Ordinal);

    [SharedFact("data/sst2/dev.tsv", "data/cola/in_domain_dev.tsv", "data/cola/out_of_domain_dev.tsv")]
    public void The_shared_sets_are_complete()
    {
        foreach (var (file, task, count) in new[] { ("sst2/dev.tsv", "sst2", 872), ("sst2/test.tsv", "sst2", 1821), ("cola/in_domain_dev.tsv", "cola", 527), ("cola/out_of_domain_dev.tsv", "cola", 516) })
        {
            string path = SharedData.Get("data/" + file);
            Assert.Equal(task, TextSamples.Detect(path)?.Name);
            Assert.Equal(count, TextSamples.Read(path, TextTask.Named(task)).Count());
        }
    }

    [Fact]
    public void Text_is_read_in_lines_of_any_length_and_in_parts()
    {
        string line = new('é', 40_000);
        string path = _folder.Write("a.txt", "\uFEFF" + line + "\r\n\n" + line + "😁");
        Assert.Equal([line, "", line + "😁"], Utf8Text.Lines(path, 50_000));
        Assert.Contains("a.txt(1): the line has more than 30000 characters", Assert.Throws<InputException>(() => Utf8Text.Lines(path, 30_000).Count()).Message, StringComparison.Ordinal);
        Assert.Equal(line[..7], Utf8Text.Start(path, 7));
        Assert.Equal(80_003, Utf8Text.Start(path, 80_004).Length); // A surrogate pair is not cut.
        Assert.Equal(80_005, Utf8Text.Start(path, 1_000_000).Length);
        _folder.Write("a.txt", [.. "good\n"u8, 0xE9, .. "x\n"u8]);
        Assert.Contains("0xE9 is not UTF-8", Assert.Throws<InputException>(() => Utf8Text.Lines(path, 100).Count()).Message, StringComparison.Ordinal);
        Assert.Contains("0xE9 is not UTF-8", Assert.Throws<InputException>(() => Utf8Text.Start(path, 100)).Message, StringComparison.Ordinal);
        _folder.Write("a.txt", [0xFF, 0xFE, .. "a\0b\0"u8]); // UTF-16.
        Assert.Contains("0xFF is not UTF-8", Assert.Throws<InputException>(() => Utf8Text.Lines(path, 100).Count()).Message, StringComparison.Ordinal);
    }
}

using Ohmformer.Files;
using Ohmformer.Lab.Designs;
using Ohmformer.Mapping;
using Ohmformer.Physics;

namespace Ohmformer.Tests.Designs;

public sealed class SpecReaderTests
{
    private const string Good = "name: a\nlength: 2 um\n";

    [Fact]
    public void Reader_reads_every_type_of_value()
    {
        var box = Read("""
            name: "a: b"
            length: 2 um
            count: 7
            share: 1e-3
            seed: 18446744073709551615
            open: true
            fit: too-tight
            limit: 3
            conductance: "10 MOhm"
            inner: { size: 4 }
            items: [{ size: 1 }, { size: 2 }]
            steps: [1, 0.5]
            part: { type: round, radius: "1.5 mm" }
            """);
        Assert.Equal("a: b", box.Name);
        Assert.Equal(2e-6, box.Length.Si, 1e-18);
        Assert.Equal((7, 1e-3, ulong.MaxValue, true, Fit.TooTight, 3), (box.Count, box.Share, box.Seed, box.Open, box.Fit, box.Limit));
        Assert.Equal(1e-7, box.Conductance.Si, 1e-20);
        Assert.Equal(4, box.Inner!.Size);
        Assert.Equal([1, 2], box.Items.Select(i => i.Size));
        Assert.Equal([1, 0.5], box.Steps);
        Assert.Equal(1.5e-3, Assert.IsType<RoundSpec>(box.Part).Radius.Si, 1e-15);
    }

    [Fact]
    public void Reader_keeps_defaults_and_accepts_null_where_a_value_is_optional()
    {
        var box = Read(Good + "limit: null\ninner: ~\npart:\n");
        Assert.Equal(5, box.Count);
        Assert.Null(box.Limit);
        Assert.Null(box.Inner);
        Assert.Null(box.Part);
        Assert.Equal(9, Read(Good).Limit);
    }

    [Theory]
    // Keys
    [InlineData(Good + "cuont: 3", "box.yaml(3,1): unknown key 'cuont'; allowed: name, length, count, share, seed, open, fit, limit, conductance, inner, items, steps, part; did you mean 'count'?")]
    [InlineData(Good + "name: b", "box.yaml(3,1): duplicate key 'name'; it is already set in line 1.")]
    [InlineData("name: a", "box.yaml(1,1): the file box.yaml lacks the required key 'length': Its length.")]
    [InlineData(Good + "inner: {}", "box.yaml(3,8): 'inner' lacks the required key 'size': Its size.")]
    [InlineData(Good + "? [a]\n: b", "box.yaml(3,3): a key must be a name, not a list or a mapping.")]
    // Values
    [InlineData(Good + "count: 3.5", "box.yaml(3,8): 'count' is '3.5'; write a whole number, for example 8.")]
    [InlineData(Good + "count: \"3\"", "box.yaml(3,8): 'count' is '3'; write a whole number, for example 8, without quotes.")]
    [InlineData(Good + "count: 101", "box.yaml(3,8): 'count' is 101; allowed: 1 to 100.")]
    [InlineData(Good + "count: 99999999999", "box.yaml(3,8): 'count' is '99999999999'; write a whole number, for example 8.")]
    [InlineData(Good + "count: [3]", "box.yaml(3,8): 'count' must be a single value.")]
    [InlineData(Good + "count:", "box.yaml(3,7): 'count' has no value; write a value.")]
    [InlineData(Good + "share: nan", "box.yaml(3,8): 'share' is 'nan'; write a number, for example 8 or 0.05.")]
    [InlineData(Good + "share: .inf", "box.yaml(3,8): 'share' is '.inf'; write a number, for example 8 or 0.05.")]
    [InlineData(Good + "share: -1", "box.yaml(3,8): 'share' is -1; allowed: 0 or more.")]
    [InlineData(Good + "open: yes", "box.yaml(3,7): 'open' is 'yes'; write true or false, without quotes.")]
    [InlineData(Good + "fit: to-tight", "box.yaml(3,6): 'fit' is 'to-tight'; allowed: loose, too-tight; did you mean 'too-tight'?")]
    [InlineData("name: a\nlength: 2 V", "box.yaml(2,9): 'length' is '2 V'; write a number and the unit m, with a prefix if needed, for example \"32 nm\".")]
    [InlineData("name: a\nlength: 2", "box.yaml(2,9): 'length' is '2'; write a number and the unit m, with a prefix if needed, for example \"32 nm\".")]
    [InlineData("name: a\nlength: 2 km", "box.yaml(2,9): 'length' is 2 km; allowed: 1 nm to 1 m.")]
    [InlineData("name: ''\nlength: 2 mm", "box.yaml(1,7): 'name' is empty; write a text.")]
    [InlineData(Good + "conductance: 0 Ohm", "box.yaml(3,14): 'conductance' is '0 Ohm'; write a number and the unit S or Ohm, with a prefix if needed, for example \"10 uS\".")]
    // Records and lists
    [InlineData(Good + "inner: [1]", "box.yaml(3,8): 'inner' must be a mapping of keys to values.")]
    [InlineData(Good + "items: 3", "box.yaml(3,8): 'items' must be a list; start each item with \"- \".")]
    [InlineData(Good + "steps: [1, x]", "box.yaml(3,12): 'steps[1]' is 'x'; write a number, for example 8 or 0.05.")]
    [InlineData(Good + "part: { radius: 1 m }", "box.yaml(3,7): 'part' needs a type or a base; types: round, square.")]
    [InlineData(Good + "part: { type: ruond }", "box.yaml(3,15): unknown type 'ruond'; allowed: round, square; did you mean 'round'?")]
    [InlineData(Good + "part: disc", "box.yaml(3,7): 'disc' is not a file; presets do not exist here, write a mapping or the path of a file, for example \"./disc.yaml\".")]
    [InlineData(Good + "inner: { base: [a] }", "box.yaml(3,16): base must be the name of a preset or the path of a file.")]
    [InlineData(Good + "inner: { size: 3, reason: because }", "box.yaml(3,19): reason belongs to a mapping with base: it says why values differ from the base.")]
    // Rules between keys
    [InlineData(Good + "inner: { size: 3, part: 4 }", "box.yaml(3,25): 'part' is 4; at most size, 3, is allowed.")]
    // The text
    [InlineData("", "box.yaml(1,1): the file is empty.")]
    [InlineData("# nothing\n", "box.yaml(1,1): the file is empty.")]
    [InlineData("- a", "box.yaml(1,1): the file must be a mapping of keys to values.")]
    [InlineData("hello", "box.yaml(1,1): the file must be a mapping of keys to values.")]
    [InlineData(Good + "---\nname: b", "box.yaml(3,1): a second document starts here; a file holds one.")]
    [InlineData("name: &x a\nlength: 2 m", "box.yaml(1,7): anchors (&) and aliases (*) are not allowed; use base to share values.")]
    [InlineData("name: *x\nlength: 2 m", "box.yaml(1,7): anchors (&) and aliases (*) are not allowed; use base to share values.")]
    [InlineData("name: !!str a\nlength: 2 m", "box.yaml(1,7): tags (!) are not allowed; a value's type follows from its key.")]
    public void Reader_says_where_what_and_what_is_allowed(string text, string message)
    {
        Assert.Equal(message, Error(text));
    }

    [Theory]
    [InlineData("name: a\n\tlength: 2 m", "indent with spaces, not tabs")]
    [InlineData("name: [a", "not valid YAML")]
    [InlineData("name: a\n  length: 2 m", "not valid YAML")]
    [InlineData("name: \"a", "not valid YAML")]
    [InlineData("a: b: c", "not valid YAML")]
    public void Reader_says_where_a_text_is_not_YAML(string text, string part)
    {
        string message = Error(text);
        Assert.StartsWith("box.yaml(", message, StringComparison.Ordinal);
        Assert.Contains(part, message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
    }

    [Fact]
    public void Reader_reports_all_problems_at_once_in_the_order_of_the_file()
    {
        string[] lines = Error("nmae: a\nlength: 2 V\ncount: 0\ninner: { size: x }\nfit: 3\n").Split('\n');
        Assert.Equal(["box.yaml(1,1)", "box.yaml(1,1)", "box.yaml(2,9)", "box.yaml(3,8)", "box.yaml(4,16)", "box.yaml(5,6)"], lines.Select(l => l[..l.IndexOf(':', StringComparison.Ordinal)]));
    }

    [Fact]
    public void Reader_shows_at_most_fifty_problems()
    {
        string[] lines = Error(Good + string.Concat(Enumerable.Range(0, 60).Select(i => $"key{i}: 1\n"))).Split('\n');
        Assert.Equal(51, lines.Length);
        Assert.Equal("... and 10 more.", lines[^1]);
    }

    [Theory]
    [InlineData('[', ']')]
    [InlineData('{', '}')]
    public void Reader_stops_at_deep_nesting(char open, char close)
    {
        string deep = open == '[' ? new string('[', 100_000) + new string(']', 100_000) : string.Concat(Enumerable.Repeat("{a: ", 100_000)) + new string('}', 100_000);
        Assert.EndsWith("nested more than 32 levels deep.", Error("name: " + deep), StringComparison.Ordinal);
        Assert.Equal(close, deep[^1]);
    }

    [Fact]
    public void Reader_stops_at_large_texts() => Assert.Contains("at most 1048576", Error("# " + new string('x', 1 << 20)), StringComparison.Ordinal);

    [Theory]
    [InlineData("no\0pe")]
    [InlineData("folder/absent.yaml")]
    public void Reader_names_a_file_that_it_cannot_open(string path)
    {
        string message = Assert.Throws<InputException>(() => SpecReader.Read<BoxSpec>(path, TestCatalog)).Message;
        Assert.Contains(path.Contains('\0', StringComparison.Ordinal) ? "is not a path of a file" : "folder/absent.yaml(1,1): the file does not exist.", message, StringComparison.Ordinal);
    }

    /// <summary>Whatever the bytes, the reader answers with a record or with an error for people.</summary>
    [Fact]
    public void Reader_survives_damaged_text()
    {
        string whole = DesignFile.Resolved(DesignFile.Load("rram-default"));
        const string Signs = "{}[]&*!|>'\"%@`:-?#,\t\n \0é";
        var random = new Random(1);
        for (int trial = 0; trial < 2000; trial++)
        {
            char[] text = whole[..random.Next(1, 1500)].ToCharArray();
            for (int i = random.Next(1, 6); i > 0; i--) text[random.Next(text.Length)] = Signs[random.Next(Signs.Length)];
            Assert.Throws<InputException>(() => SpecReader.ReadText<Design>(new string(text), "box.yaml"));
        }
    }

    private static BoxSpec Read(string text) => SpecReader.ReadText<BoxSpec>(text, "box.yaml", TestCatalog);

    private static string Error(string text) => Assert.Throws<InputException>(() => Read(text)).Message;

    internal static Catalog TestCatalog { get; } = new([], [new(typeof(PartSpec), "round", typeof(RoundSpec)), new(typeof(PartSpec), "square", typeof(SquareSpec))]);

    internal enum Fit
    {
        Loose,
        TooTight,
    }

    internal sealed record BoxSpec
    {
        [Parameter("Its name.")] public required string Name { get; init; }
        [Parameter("Its length.", Min = 1e-9, Max = 1)] public required Length Length { get; init; }
        [Parameter("Its count.", Min = 1, Max = 100)] public int Count { get; init; } = 5;
        [Parameter("Its share.", Min = 0)] public double Share { get; init; }
        [Parameter("Its seed.")] public ulong Seed { get; init; }
        [Parameter("Whether it is open.")] public bool Open { get; init; }
        [Parameter("Its fit.")] public Fit Fit { get; init; }
        [Parameter("Its limit.")] public int? Limit { get; init; } = 9;
        [Parameter("Its conductance.")] public Conductance Conductance { get; init; }
        [Parameter("What is inside.")] public InnerSpec? Inner { get; init; }
        [Parameter("Its items.")] public IReadOnlyList<InnerSpec> Items { get; init; } = [];
        [Parameter("Its steps.")] public IReadOnlyList<double> Steps { get; init; } = [];
        [Parameter("Its part.")] public PartSpec? Part { get; init; }
    }

    internal sealed record InnerSpec : ICheckedSpec
    {
        [Parameter("Its size.")] public required int Size { get; init; }
        [Parameter("A part of the size.")] public int Part { get; init; }

        public IEnumerable<Violation> Violations()
        {
            if (Part > Size) yield return new(nameof(Part), $"is {Part}; at most size, {Size}, is allowed");
        }
    }

    internal abstract record PartSpec;

    internal sealed record RoundSpec : PartSpec
    {
        [Parameter("Its radius.")] public required Length Radius { get; init; }
    }

    internal sealed record SquareSpec : PartSpec
    {
        [Parameter("Its side.")] public required Length Side { get; init; }
    }
}

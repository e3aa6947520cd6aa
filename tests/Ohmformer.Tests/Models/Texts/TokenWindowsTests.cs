using Ohmformer.Files;
using Ohmformer.Models.Texts;
using Ohmformer.Models.Tokenizers;

namespace Ohmformer.Tests.Models.Texts;

public sealed class TokenWindowsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Every_token_but_the_first_is_predicted_once_from_enough_context()
    {
        foreach (int length in new[] { 0, 1, 2, 3, 7, 8, 9, 31 })
            foreach (var (context, stride) in new[] { (2, 1), (8, 7), (8, 4), (8, 1), (64, 32) })
            {
                int[] ids = [.. Enumerable.Range(0, length)];
                var windows = TokenWindows.Of([ids], context, stride);
                var predicted = windows.Windows.SelectMany(w => w.Ids.ToArray()[^w.Predicted..]);
                Assert.Equal(ids.Skip(1), predicted);
                Assert.Equal(Math.Max(0, length - 1), windows.Predicted);
                Assert.All(windows.Windows, w => Assert.InRange(w.Ids.Length, w.Predicted + 1, context));
                Assert.All(windows.Windows.Skip(1), w => Assert.True(w.Predicted <= stride));
            }
    }

    [Fact]
    public void Sizes_outside_their_range_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => TokenWindows.Of([], 1, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => TokenWindows.Of([], 4, 4));
        Assert.Throws<ArgumentOutOfRangeException>(() => TokenWindows.Of([], 4, 0));
    }

    [Fact]
    public void Lists_of_ids_are_read()
    {
        string path = _folder.Write("ids.json", "[[1, 2, 3], [4], [5, 6]]");
        Assert.Equal(3, TokenWindows.Load(path, null, 8, 4).Predicted);
        Assert.Equal(2, TokenWindows.Load(path, null, 8, 4, limit: 1).Predicted);
        Assert.Equal(2, TokenWindows.Load(_folder.Write("one.json", "[1, 2, 3]"), null, 8, 4).Predicted);
        Refused("[0][1]: is -2; token ids are whole numbers from 0", "[[1, -2]]");
        Refused("[0]: is no list of token ids", "[{}]");
        Refused("is no list", "{}");
        Refused("has fewer than two tokens", "[[1]]");
    }

    [Fact]
    public void Of_a_text_no_more_is_read_than_the_windows_need()
    {
        _folder.Write("vocab.txt", "[UNK]\n[CLS]\n[SEP]\na\nb");
        var tokenizer = Tokenizer.Load(_folder.Path);
        string path = _folder.Write("a.txt", string.Concat(Enumerable.Range(0, 50_000).Select(i => i % 3 == 0 ? "a " : "b ")));
        var all = TokenWindows.Load(path, tokenizer, 64, 32);
        Assert.Equal(50_001, all.Predicted);
        var some = TokenWindows.Load(path, tokenizer, 64, 32, limit: 10);
        Assert.Equal(all.Windows.Take(10).Select(w => string.Join(' ', w.Ids.ToArray())), some.Windows.Select(w => string.Join(' ', w.Ids.ToArray())));
        Assert.Equal(all.Windows.Take(10).Sum(w => w.Predicted), some.Predicted);
        Assert.Contains("has no tokenizer", Assert.Throws<InputException>(() => TokenWindows.Load(path, null, 64, 32)).Message, StringComparison.Ordinal);
    }

    [SharedFact("data/models/llama-stories260k/tinystories_token_ids.json", "data/models/llama-baby-char/tinystories_char_ids.json")]
    public void Stored_ids_predict_as_many_tokens_as_the_reference()
    {
        Assert.Equal(7706, TokenWindows.Load(SharedData.Get("data/models/llama-stories260k/tinystories_token_ids.json"), null, 512, 256).Predicted);
        Assert.Equal(16320, TokenWindows.Load(SharedData.Get("data/models/llama-baby-char/tinystories_char_ids.json"), null, 256, 128).Predicted);
    }

    private void Refused(string message, string json) =>
        Assert.Contains(message, Assert.Throws<InputException>(() => TokenWindows.Load(_folder.Write("bad.json", json), null, 8, 4)).Message, StringComparison.Ordinal);
}

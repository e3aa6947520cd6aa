using System.Text;
using Ohmformer.Files;

namespace Ohmformer.Models.Tokenizers;

/// <summary>
/// Makes tokenizers from the texts that a model is trained on. The same texts, in any order, give the same tokenizer.
/// </summary>
public static class LearnedVocabulary
{
    private const string Continuation = "##", EndOfText = "<|endoftext|>";

    private static readonly string[] BertTokens = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];

    /// <summary>
    /// BERT's WordPiece. Words are split as BERT does; pairs of pieces are merged by their count, as Hugging Face's trainer for BERT does
    /// (Schuster and Nakajima, ICASSP 2012, merge by likelihood instead). The vocabulary is [PAD], [UNK], [CLS], [SEP], [MASK], every letter of
    /// the texts, "##" with every letter that stands beside another one in a word, both in the order of Unicode, and the merged pieces in the order in
    /// which they were learned.
    /// </summary>
    /// <param name="texts">The texts.</param>
    /// <param name="size">Most tokens; fewer where no pair occurs twice any more.</param>
    /// <param name="lowercase">Whether texts are lowered and accents stripped.</param>
    /// <exception cref="InputException">The texts have no words, or more letters than the vocabulary has room for.</exception>
    public static TokenizerFiles WordPieces(IEnumerable<string> texts, int size, bool lowercase = true)
    {
        var words = Count(texts, Normalizers.Bert(clean: true, spaceIdeographs: true, stripAccents: lowercase, lowercase), PreTokenizers.Bert);
        Rune[] letters = LettersOf(words.Keys), continuing = LettersOf(words.Keys.Where(word => word.EnumerateRunes().Skip(1).Any()));
        string[] start = [.. BertTokens, .. letters.Select(letter => letter.ToString()), .. continuing.Select(letter => Continuation + letter)];
        Check(words, size, start.Length, $"{BertTokens.Length} special tokens and {letters.Length} letters, {continuing.Length} of which may continue a word");
        var learning = new MergeLearning(start, Continuation);
        foreach (var (word, count) in words) learning.Add(word.EnumerateRunes().Select((letter, i) => i == 0 ? letter.ToString() : Continuation + letter), count);
        learning.Learn(size);
        return TokenizerFiles.OfWords(learning.Tokens, lowercase);
    }

    /// <summary>
    /// GPT-2's byte pairs (Radford et al., 2019): texts are split by its expression, and pairs of bytes are merged by their count. Ids 0 to 255 are
    /// the bytes, merged ones follow in the order in which they were learned, and &lt;|endoftext|&gt; is last.
    /// </summary>
    /// <param name="texts">The texts.</param>
    /// <param name="size">Most tokens, 257 at least; fewer where no pair occurs twice any more.</param>
    /// <exception cref="InputException">The texts are empty, or the vocabulary has no room for the bytes.</exception>
    public static TokenizerFiles BytePairs(IEnumerable<string> texts, int size)
    {
        var words = Count(texts, text => text, PreTokenizers.ByteLevel(addPrefixSpace: false, useExpression: true));
        string[] bytes = [.. PreTokenizers.ByteLetters.Select(letter => letter.ToString())];
        Check(words, size, bytes.Length + 1, $"{bytes.Length} bytes and {EndOfText}");
        var learning = new MergeLearning(bytes, prefix: "");
        foreach (var (word, count) in words) learning.Add(word.Select(letter => letter.ToString()), count);
        learning.Learn(size - 1);
        return TokenizerFiles.OfBytePairs([.. learning.Tokens, EndOfText], learning.Merges);
    }

    /// <summary>How often the pieces occur that texts are split into.</summary>
    private static Dictionary<string, long> Count(IEnumerable<string> texts, Normalizer normalize, PreTokenizer split)
    {
        var words = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (string text in texts)
            foreach (var piece in split([.. normalize(Letter.Of(text, 0, text.Length))]))
            {
                string word = Letter.Spell(piece);
                words[word] = words.GetValueOrDefault(word) + 1;
            }
        return words;
    }

    private static Rune[] LettersOf(IEnumerable<string> words) => [.. words.SelectMany(word => word.EnumerateRunes()).Distinct().Order()];

    private static void Check(Dictionary<string, long> words, int size, int least, string needed)
    {
        if (words.Count == 0) throw new InputException("the texts from which a vocabulary is learned hold no words; name other texts");
        if (size < least) throw new InputException($"a vocabulary of {size} tokens has no room for {needed}; ask for {least} tokens at least");
    }
}

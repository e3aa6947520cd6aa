namespace Ohmformer.Models.Tokenizers;

/// <summary>What a tokenizer made of a text or of a pair of texts.</summary>
/// <param name="Tokens">The tokens in order, added ones included.</param>
public sealed record TokenizedText(IReadOnlyList<Token> Tokens)
{
    /// <summary>The ids, shape [tokens].</summary>
    public int[] Ids => [.. Tokens.Select(t => t.Id)];

    /// <summary>The token types, shape [tokens].</summary>
    public int[] Types => [.. Tokens.Select(t => t.Type)];
}

/// <summary>Ids of the tokens that control a model; null where a vocabulary has none.</summary>
public sealed record SpecialTokens
{
    /// <summary>Stands for what the vocabulary cannot spell ([UNK], &lt;unk&gt;).</summary>
    public int? Unknown { get; init; }

    /// <summary>Begins a text of a language model (&lt;s&gt;, bos).</summary>
    public int? Beginning { get; init; }

    /// <summary>Ends a text of a language model (&lt;/s&gt;, &lt;|endoftext|&gt;, eos).</summary>
    public int? End { get; init; }

    /// <summary>Whose output a classifier reads ([CLS], &lt;s&gt;).</summary>
    public int? Classification { get; init; }

    /// <summary>Separates and ends texts ([SEP], &lt;/s&gt;).</summary>
    public int? Separator { get; init; }

    /// <summary>Fills up a batch ([PAD], &lt;pad&gt;).</summary>
    public int? Padding { get; init; }

    /// <summary>Hides a word ([MASK], &lt;mask&gt;).</summary>
    public int? Mask { get; init; }
}

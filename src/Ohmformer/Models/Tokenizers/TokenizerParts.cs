namespace Ohmformer.Models.Tokenizers;

/// <summary>The parts of a tokenizer in the order in which a text passes them.</summary>
internal sealed record TokenizerParts
{
    /// <summary>Ids by token, without the added ones.</summary>
    public required IReadOnlyDictionary<string, int> Ids { get; init; }

    /// <summary>How a piece becomes ids.</summary>
    public required IVocabularyModel Model { get; init; }

    /// <summary>Tokens found in the text before anything else happens to it.</summary>
    public IReadOnlyList<AddedToken> Added { get; init; } = [];

    /// <summary>Changes the text.</summary>
    public Normalizer Normalizer { get; init; } = text => text;

    /// <summary>Splits the text.</summary>
    public PreTokenizer PreTokenizer { get; init; } = text => [text];

    /// <summary>What surrounds one text.</summary>
    public IReadOnlyList<TemplateSlot> Single { get; init; } = [TemplateSlot.Text(TokenOrigin.First, 0)];

    /// <summary>What surrounds a pair of texts.</summary>
    public IReadOnlyList<TemplateSlot> Pair { get; init; } = [TemplateSlot.Text(TokenOrigin.First, 0), TemplateSlot.Text(TokenOrigin.Second, 1)];

    /// <summary>Whether the places of tokens leave out spaces at their ends.</summary>
    public bool TrimPlaces { get; init; }

    /// <summary>From tokens back to text.</summary>
    public Decoder Decoder { get; init; } = Decoders.Spaced;
}

/// <summary>One element of what the tokenizer makes of its texts: a token that it adds, or all tokens of a text.</summary>
/// <param name="Id">Id of an added token; unused for a text.</param>
/// <param name="Origin">Added, or which text.</param>
/// <param name="Type">Token type.</param>
internal readonly record struct TemplateSlot(int Id, TokenOrigin Origin, int Type)
{
    /// <summary>An added token.</summary>
    public static TemplateSlot Token(int id, int type) => new(id, TokenOrigin.Added, type);

    /// <summary>All tokens of a text.</summary>
    public static TemplateSlot Text(TokenOrigin origin, int type) => new(0, origin, type);
}

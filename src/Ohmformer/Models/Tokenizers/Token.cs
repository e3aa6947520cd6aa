namespace Ohmformer.Models.Tokenizers;

/// <summary>Where a token comes from.</summary>
public enum TokenOrigin
{
    /// <summary>The first text, or the only one.</summary>
    First,

    /// <summary>The second text of a pair.</summary>
    Second,

    /// <summary>Added by the tokenizer, for example [CLS].</summary>
    Added,
}

/// <summary>One token of a text.</summary>
/// <param name="Id">Its row of the embedding table.</param>
/// <param name="Start">First UTF-16 position of the text it stands for; 0 for an added token.</param>
/// <param name="End">The position after the last; equal to Start where a token stands for no character.</param>
/// <param name="Origin">Which text that is.</param>
/// <param name="Type">Token type (segment) of BERT-like models: 0 or 1.</param>
public readonly record struct Token(int Id, int Start, int End, TokenOrigin Origin = TokenOrigin.First, int Type = 0);

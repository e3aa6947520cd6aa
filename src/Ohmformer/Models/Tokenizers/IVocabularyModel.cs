namespace Ohmformer.Models.Tokenizers;

/// <summary>How a piece of text becomes ids of a vocabulary. Any number of threads may use one at a time.</summary>
internal interface IVocabularyModel
{
    /// <summary>Appends the tokens of one piece.</summary>
    /// <param name="piece">A pre-token, not empty.</param>
    /// <param name="tokens">Receives ids and places in the original text.</param>
    void Encode(ReadOnlySpan<Letter> piece, List<Token> tokens);
}

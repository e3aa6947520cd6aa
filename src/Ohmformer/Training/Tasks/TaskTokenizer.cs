using Ohmformer.Files;
using Ohmformer.Models;
using Ohmformer.Models.Tokenizers;

namespace Ohmformer.Training.Tasks;

/// <summary>Where the tokenizer of a text task comes from: the model that the training starts from, a folder, or the training texts.</summary>
/// <param name="Vocabulary">Most tokens of a tokenizer that is learned; null for none.</param>
/// <param name="Folder">Folder of a tokenizer; null for none.</param>
internal sealed record TaskTokenizer(int? Vocabulary, string? Folder)
{
    /// <summary>Reads or learns the tokenizer.</summary>
    /// <param name="recipe">The recipe, for messages.</param>
    /// <param name="files">The files that the recipe names.</param>
    /// <param name="learn">Learns a tokenizer of so many tokens.</param>
    /// <exception cref="InputException">The recipe names none or several, or it cannot be used.</exception>
    public TokenizerFiles Open(TrainingRecipe recipe, TrainingFiles files, Func<int, TokenizerFiles> learn) => (files.StartFolder, Folder, Vocabulary) switch
    {
        ({ } start, null, null) => TokenizerFiles.Read(start),
        (null, { } folder, null) => TokenizerFiles.Read(files.Locate(folder)),
        (null, null, { } size) => learn(size),
        (null, null, null) => throw new InputException($"recipe {recipe.Name}: the task has no tokenizer; give 'vocabulary', the size of one that is learned from the training text, or 'tokenizer', the folder of one."),
        ({ }, _, _) => throw new InputException($"recipe {recipe.Name}: 'start' brings its tokenizer; remove {(Folder is null ? "'vocabulary'" : "'tokenizer'")} from the task."),
        _ => throw new InputException($"recipe {recipe.Name}: the task has both 'vocabulary' and 'tokenizer'; remove one."),
    };

    /// <summary>Checks that a network that the training starts from knows all tokens.</summary>
    /// <exception cref="InputException">It does not.</exception>
    public static void CheckFits(TrainingRecipe recipe, Tokenizer tokenizer, TransformerSpec network)
    {
        if (network.Input is TokenInput input && tokenizer.VocabularySize > input.Vocabulary)
            throw new InputException($"recipe {recipe.Name}: the tokenizer of start {recipe.Start} has ids up to {tokenizer.VocabularySize - 1}, the network knows 0 to {input.Vocabulary - 1}; name a model with its own tokenizer.");
    }
}

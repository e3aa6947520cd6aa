using Ohmformer.Files;
using Ohmformer.Models;
using Ohmformer.Models.Checkpoints;
using Ohmformer.Models.Tokenizers;

namespace Ohmformer.Lab.Tasks;

/// <summary>What the samples of a task are read from.</summary>
/// <param name="Checkpoint">The model.</param>
/// <param name="Folder">The model's folder.</param>
/// <param name="Path">File or folder of the data.</param>
/// <param name="Samples">Most samples to evaluate.</param>
/// <param name="TextTask">Name of the GLUE task; null to tell it from the file.</param>
internal sealed record TaskSource(Checkpoint Checkpoint, string Folder, string Path, int Samples, string? TextTask)
{
    /// <summary>Sizes of the model.</summary>
    public TransformerSpec Spec => Checkpoint.Spec;

    /// <summary>Samples to read: those to evaluate, and some more for calibration.</summary>
    public int Reading => (int)Math.Min(int.MaxValue, (long)Samples + TaskScope.MostProbes);

    /// <summary>The model's tokenizer.</summary>
    /// <exception cref="InputException">It is missing or cannot be used.</exception>
    public Tokenizer Tokenizer() => Models.Tokenizers.Tokenizer.Load(Folder);

    /// <summary>Checks that the model knows all ids of a text.</summary>
    /// <param name="ids">The ids.</param>
    /// <param name="place">The text's place in the file, for the message.</param>
    /// <exception cref="InputException">It does not.</exception>
    public void CheckIds(ReadOnlySpan<int> ids, string place)
    {
        int known = ((TokenInput)Spec.Input).Vocabulary;
        foreach (int id in ids)
            if ((uint)id >= (uint)known)
                throw new InputException($"{Path}: {place} has the token id {id}; {Spec.Name} knows 0 to {known - 1}. Use the tokenizer that belongs to the model.");
    }
}

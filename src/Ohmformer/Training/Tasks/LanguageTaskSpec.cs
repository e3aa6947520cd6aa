using Ohmformer.Physics;

namespace Ohmformer.Training.Tasks;

/// <summary>A GPT-2 that predicts every next token of a text (Radford et al., 2019).</summary>
public sealed record LanguageTaskSpec : TaskSpec, ICheckedSpec
{
    /// <summary>Training text.</summary>
    [Parameter("Text in UTF-8 to train on, relative to the current directory.")]
    public required string Data { get; init; }

    /// <summary>Validation text; null to hold out the end of the training text.</summary>
    [Parameter("Text to validate on; when left out, the last validationSamples windows of the training text are held out.")]
    public string? Validation { get; init; }

    /// <summary>Test text.</summary>
    [Parameter("Text to test on.")]
    public required string Test { get; init; }

    /// <summary>Most tokens of a byte-level vocabulary that is learned from the training text, without its held-out end.</summary>
    [Parameter("Most tokens of a byte-level vocabulary that is learned from the training text, without its held-out end.", Min = 257, Max = 1 << 20)]
    public int? Vocabulary { get; init; }

    /// <summary>Folder of a tokenizer that is used instead.</summary>
    [Parameter("Folder of a tokenizer that is used instead of learning one.")]
    public string? Tokenizer { get; init; }

    /// <summary>Tokens of a window.</summary>
    [Parameter("Tokens that the network reads at once.", Min = 2, Max = 16384)]
    public int Context { get; init; } = 512;

    /// <inheritdoc/>
    public override string TrainingData => Data;

    /// <inheritdoc/>
    public override string TestData => Test;

    /// <inheritdoc/>
    public override TaskSpec ForTrained() => this with { Vocabulary = null, Tokenizer = null };

    /// <inheritdoc/>
    public override bool HasValidation => Validation is not null || base.HasValidation;

    /// <inheritdoc/>
    public IEnumerable<Violation> Violations()
    {
        if (Validation is not null && ValidationSamples > 0) yield return new(nameof(ValidationSamples), "contradicts 'validation', which names a file; remove one of them");
    }

    /// <inheritdoc/>
    public override ITrainingTask Open(TrainingRecipe recipe, TrainingFiles files) => new LanguageTask(recipe, this, files);
}

using Ohmformer.Models.Texts;
using Ohmformer.Physics;

namespace Ohmformer.Training.Tasks;

/// <summary>A BERT that classifies sentences, or pairs of them (Devlin et al., NAACL 2019).</summary>
public sealed record SentenceTaskSpec : ClassificationSpec, ICheckedSpec
{
    /// <summary>Training sentences.</summary>
    [Parameter("TSV file of a GLUE task to train on, relative to the current directory.")]
    public required string Data { get; init; }

    /// <summary>Validation sentences; null to hold out the last training sentences.</summary>
    [Parameter("TSV file to validate on; when left out, the last validationSamples of the training sentences are held out.")]
    public string? Validation { get; init; }

    /// <summary>Test sentences.</summary>
    [Parameter("TSV file to test on.")]
    public required string Test { get; init; }

    /// <summary>Name of the GLUE task; null to tell it from the training file.</summary>
    [Parameter("Name of the GLUE task, such as sst2; told from the training file when left out.")]
    public string? Glue { get; init; }

    /// <summary>Most tokens of a WordPiece vocabulary that is learned from the training sentences.</summary>
    [Parameter("Most tokens of a WordPiece vocabulary that is learned from the training sentences.", Min = 8, Max = 1 << 20)]
    public int? Vocabulary { get; init; }

    /// <summary>Folder of a tokenizer that is used instead.</summary>
    [Parameter("Folder of a tokenizer that is used instead of learning one.")]
    public string? Tokenizer { get; init; }

    /// <summary>Most tokens of a sample.</summary>
    [Parameter("Most tokens of a sample, those that the tokenizer adds included; longer ones are cut.", Min = 3, Max = 65536)]
    public int MostTokens { get; init; } = 128;

    /// <summary>Share of the tokens that are left out.</summary>
    [Parameter("Share of the tokens that are left out at random while training (word dropout, Iyyer et al., ACL 2015, section 3.1).", Min = 0, Max = 0.9)]
    public double TokenDropout { get; init; }

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
    public override ITrainingTask Open(TrainingRecipe recipe, TrainingFiles files) => new SentenceTask(recipe, this, files);

    /// <summary>The GLUE task.</summary>
    /// <param name="path">The training file.</param>
    /// <exception cref="Files.InputException">There is no such task, or the file has the columns of none.</exception>
    internal TextTask GlueTask(string path) => Glue is { } name ? TextTask.Named(name) : TextSamples.Detect(path)
        ?? throw new Files.InputException($"{path}(1): has the columns of no known task; name it in the recipe as 'glue': {string.Join(", ", TextTask.All.Select(t => t.Name))}");
}

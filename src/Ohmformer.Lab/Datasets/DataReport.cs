namespace Ohmformer.Lab.Datasets;

/// <summary>What a data set, or one part of it, holds.</summary>
public sealed record DataReport
{
    /// <summary>Its format, for example "images, idx".</summary>
    public required string Format { get; init; }

    /// <summary>Which part: "train" or "test"; null where a set has no parts.</summary>
    public string? Part { get; init; }

    /// <summary>Number of samples: images, clips, sentences, questions, lines or token sequences.</summary>
    public required long Samples { get; init; }

    /// <summary>The size of a sample, or other sizes, in words.</summary>
    public required string Size { get; init; }

    /// <summary>Samples of each class, in order of the classes; null where there are none.</summary>
    public IReadOnlyList<ClassCount>? Classes { get; init; }
}

/// <summary>How many samples are of a class.</summary>
/// <param name="Label">The class as the files name it.</param>
/// <param name="Samples">Number of samples.</param>
public sealed record ClassCount(string Label, long Samples);

using Ohmformer.Models;

namespace Ohmformer.Training;

/// <summary>The parts of a data set.</summary>
public enum DataPart
{
    /// <summary>Samples that the network learns from.</summary>
    Train,

    /// <summary>Held-out samples that choices are made on.</summary>
    Validation,

    /// <summary>Samples that are looked at once, at the end.</summary>
    Test,
}

/// <summary>The seam between training and data: what a network learns. Implementations are thread-safe.</summary>
public interface ITrainingTask
{
    /// <summary>The network that fits the data.</summary>
    TransformerSpec Network { get; }

    /// <summary>Samples of a part.</summary>
    int Count(DataPart part);

    /// <summary>Reads samples; those of the training part are augmented, by a pure function of seed, epoch and sample.</summary>
    /// <param name="part">Part of the data.</param>
    /// <param name="epoch">Epoch, from 0; of no effect outside the training part.</param>
    /// <param name="samples">Indices below <see cref="Count"/>.</param>
    TrainingBatch Read(DataPart part, int epoch, ReadOnlySpan<int> samples);

    /// <summary>Writes the network with all that is needed to use it: preprocessing or tokenizer, names of the classes.</summary>
    /// <param name="weights">The weights.</param>
    /// <param name="folder">Folder in the layout of Hugging Face.</param>
    void Save(TransformerWeights weights, string folder);
}

using Ohmformer.Files;
using Ohmformer.Models;
using Ohmformer.Models.Images;
using Ohmformer.Physics;

namespace Ohmformer.Training;

/// <summary>Everything that decides the result of a training: same recipe and data, same weights.</summary>
public sealed record TrainingRecipe
{
    /// <summary>Name of the network.</summary>
    [Parameter("Name of the network.")]
    public required string Name { get; init; }

    /// <summary>Folder with the training and test images.</summary>
    [Parameter("Folder with the training and test images, relative to the current directory.")]
    public required string Data { get; init; }

    /// <summary>Number of encoders.</summary>
    [Parameter("Number of encoders.", Min = 1, Max = 1000)]
    public required int Layers { get; init; }

    /// <summary>Width of a token.</summary>
    [Parameter("Width of a token; a multiple of heads.", Min = 1, Max = 65536)]
    public required int Hidden { get; init; }

    /// <summary>Attention heads.</summary>
    [Parameter("Attention heads.", Min = 1, Max = 1024)]
    public required int Heads { get; init; }

    /// <summary>Width of the feed-forward layer.</summary>
    [Parameter("Width of the feed-forward layer.", Min = 1, Max = 262144)]
    public required int Intermediate { get; init; }

    /// <summary>Side of a patch.</summary>
    [Parameter("Side of a patch in pixels; divides the side of the image.", Min = 1, Max = 1024)]
    public required int PatchSize { get; init; }

    /// <summary>Passes over the training images.</summary>
    [Parameter("Passes over the training images.", Min = 1, Max = 1000000)]
    public required int Epochs { get; init; }

    /// <summary>Images per update.</summary>
    [Parameter("Images per update.", Min = 1, Max = 65536)]
    public int BatchSize { get; init; } = 64;

    /// <summary>Learning rate after the warm-up.</summary>
    [Parameter("Learning rate after the warm-up.", Min = 0, Max = 1)]
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>Epochs of linear warm-up.</summary>
    [Parameter("Epochs in which the learning rate rises from 0; afterward it falls to 0 on half a cosine.", Min = 0, Max = 1000000)]
    public double WarmUpEpochs { get; init; } = 5;

    /// <summary>Decoupled weight decay.</summary>
    [Parameter("Weight decay of the linear layers' weights, decoupled from the gradient.", Min = 0, Max = 10)]
    public double WeightDecay { get; init; } = 0.05;

    /// <summary>Share of the probability that is spread over all classes.</summary>
    [Parameter("Share of the target probability that is spread over all classes.", Min = 0, Max = 1)]
    public double LabelSmoothing { get; init; } = 0.1;

    /// <summary>Largest norm of the gradient.</summary>
    [Parameter("Largest Euclidean norm of the gradient; longer gradients are shortened to it.", Min = 1e-6)]
    public double GradientNorm { get; init; } = 1;

    /// <summary>Largest rotation of an image.</summary>
    [Parameter("Largest random rotation of a training image in degrees, either way.", Min = 0, Max = 180)]
    public double RotationDegrees { get; init; }

    /// <summary>Largest shift of an image.</summary>
    [Parameter("Largest random shift of a training image in pixels, along both axes.", Min = 0, Max = 1024)]
    public double ShiftPixels { get; init; }

    /// <summary>Largest change of an image's scale.</summary>
    [Parameter("Largest random change of a training image's scale, as a share.", Min = 0, Max = 0.9)]
    public double ScaleShare { get; init; }

    /// <summary>Training images that are held out.</summary>
    [Parameter("Images at the end of the training set that are held out; their accuracy is reported after every epoch.", Min = 0)]
    public int ValidationImages { get; init; }

    /// <summary>Seed of initial weights, order and augmentation.</summary>
    [Parameter("Seed of initial weights, order and augmentation.", Min = 0)]
    public ulong Seed { get; init; } = 1;

    /// <summary>The network that this recipe trains on a data set.</summary>
    /// <param name="data">Images that give size, channels and, by their largest label, classes.</param>
    /// <exception cref="InputException">The sizes do not fit each other or the images.</exception>
    public TransformerSpec SpecFor(ImageSet data)
    {
        if (Hidden % Heads != 0)
            throw new InputException($"recipe {Name}: hidden {Hidden} is not a multiple of heads {Heads}; choose a multiple.");
        if (data.Height % PatchSize != 0)
            throw new InputException($"recipe {Name}: patchSize {PatchSize} does not divide the images' side of {data.Height} pixels; choose a divisor.");
        var spec = new TransformerSpec
        {
            Name = Name,
            Input = new ImageInput { Size = data.Height, PatchSize = PatchSize, Channels = data.Channels, ClassTokens = 1 },
            Layers = Layers,
            Hidden = Hidden,
            Heads = Heads,
            Intermediate = Intermediate,
            Classes = 1 + Enumerable.Range(0, data.Count).Max(data.Label),
        };
        data.CheckFits(spec);
        return spec;
    }
}

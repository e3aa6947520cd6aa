using Ohmformer.Models.Images;
using Ohmformer.Physics;

namespace Ohmformer.Training.Tasks;

/// <summary>A vision transformer that classifies images.</summary>
public sealed record ImageTaskSpec : ClassificationSpec, ICheckedSpec
{
    /// <summary>Folder with the training and test images.</summary>
    [Parameter("Folder with the training and test images, relative to the current directory.")]
    public required string Data { get; init; }

    /// <summary>Side of a patch.</summary>
    [Parameter("Side of a patch in pixels; divides the side of the image.", Min = 1, Max = 1024)]
    public required int PatchSize { get; init; }

    /// <summary>Side that images are resized to; null to take them as they are.</summary>
    [Parameter("Side that images are resized to, in pixels; the data's own when left out.", Min = 1, Max = 16384)]
    public int? Size { get; init; }

    /// <summary>Mean of every channel; empty for that of the training images.</summary>
    [Parameter("Mean of every channel, of pixels in [0, 1]; that of the training images when left out.", Min = 0, Max = 1)]
    public IReadOnlyList<double> Mean { get; init; } = [];

    /// <summary>Standard deviation of every channel; empty for that of the training images.</summary>
    [Parameter("Standard deviation of every channel, of pixels in [0, 1]; that of the training images when left out.", Min = 1e-6, Max = 1)]
    public IReadOnlyList<double> Deviation { get; init; } = [];

    /// <summary>Names of the classes; empty for those of the folders, or numbers.</summary>
    [Parameter("Names of the classes in the order of their labels; those of the class folders, or numbers, when left out.")]
    public IReadOnlyList<string> ClassNames { get; init; } = [];

    /// <summary>Random changes of the training images.</summary>
    [Parameter("Random changes of the training images.")]
    public AugmentationSpec Augmentation { get; init; } = new();

    /// <summary>Share of the patches that the network sees while training.</summary>
    [Parameter("Share of an image's patches that the network sees while training, drawn anew every time.", Min = 0.01, Max = 1)]
    public double KeptPatches { get; init; } = 1;

    /// <summary>Epochs at the end that train on all patches.</summary>
    [Parameter("Epochs at the end that train on all patches.", Min = 0)]
    public int WholeEpochs { get; init; }

    /// <inheritdoc/>
    public override string TrainingData => Data;

    /// <inheritdoc/>
    public override string TestData => Data;

    /// <inheritdoc/>
    public IEnumerable<Violation> Violations()
    {
        if (Mean.Count != Deviation.Count) yield return new(nameof(Mean), $"has {Mean.Count} values beside {Deviation.Count} of 'deviation'; give both, one for each channel, or neither");
    }

    /// <inheritdoc/>
    public override ITrainingTask Open(TrainingRecipe recipe, TrainingFiles files)
    {
        string data = files.Locate(Data);
        return new ImageTask(recipe, this, ImageSet.Load(data, Split.Train), ImageSet.Load(data, Split.Test), files.Start);
    }
}

/// <summary>What a crop shows beyond the border of an image.</summary>
public enum Padding
{
    /// <summary>The image mirrored at its border, which is not repeated.</summary>
    Reflect,

    /// <summary>Black.</summary>
    Black,
}

/// <summary>Random changes of training images. All are off by default; each draws its random numbers on its own, so one changes no other.</summary>
public sealed record AugmentationSpec
{
    /// <summary>Largest rotation of an image.</summary>
    [Parameter("Largest random rotation in degrees, either way.", Min = 0, Max = 180)]
    public double RotationDegrees { get; init; }

    /// <summary>Largest shift of an image.</summary>
    [Parameter("Largest random shift in pixels, along both axes, by fractions of pixels too.", Min = 0, Max = 1024)]
    public double ShiftPixels { get; init; }

    /// <summary>Largest change of an image's scale.</summary>
    [Parameter("Largest random change of the scale, as a share.", Min = 0, Max = 0.9)]
    public double ScaleShare { get; init; }

    /// <summary>Whether half of the images are mirrored, left to right.</summary>
    [Parameter("Whether half of the images are mirrored, left to right.")]
    public bool Flip { get; init; }

    /// <summary>Pixels that are added around an image before a part of its old size is cut out at random.</summary>
    [Parameter("Pixels added around an image before a part of its old size is cut out at random.", Min = 0, Max = 1024)]
    public int CropPixels { get; init; }

    /// <summary>What the added pixels show.</summary>
    [Parameter("What the pixels added by cropPixels show: the mirrored image, or black.")]
    public Padding Padding { get; init; }

    /// <summary>Largest change of the brightness.</summary>
    [Parameter("Largest random change of the brightness, as a share.", Min = 0, Max = 1)]
    public double Brightness { get; init; }

    /// <summary>Largest change of the contrast.</summary>
    [Parameter("Largest random change of the contrast, as a share.", Min = 0, Max = 1)]
    public double Contrast { get; init; }

    /// <summary>Largest change of the saturation of the colors.</summary>
    [Parameter("Largest random change of the saturation of red, green and blue, as a share.", Min = 0, Max = 1)]
    public double Saturation { get; init; }

    /// <summary>Probability that a rectangle is erased.</summary>
    [Parameter("Probability that a random rectangle is replaced by noise (Zhong et al., arXiv:1708.04896).", Min = 0, Max = 1)]
    public double Erasing { get; init; }

    /// <summary>Parameter alpha of mixup; 0 for none.</summary>
    [Parameter("Parameter alpha of mixup: images are blended by shares from Beta(alpha, alpha) (Zhang et al., arXiv:1710.09412); 0 for none.", Min = 0, Max = 1)]
    public double Mixup { get; init; }

    /// <summary>Parameter alpha of CutMix; 0 for none.</summary>
    [Parameter("Parameter alpha of CutMix: a rectangle comes from another image, its share from Beta(alpha, alpha) (Yun et al., arXiv:1905.04899); 0 for none. With mixup, half of the images get each.", Min = 0, Max = 1)]
    public double CutMix { get; init; }

    /// <summary>Share of the images that mixup or CutMix changes.</summary>
    [Parameter("Share of the images that mixup or CutMix changes.", Min = 0, Max = 1)]
    public double MixedShare { get; init; } = 1;
}

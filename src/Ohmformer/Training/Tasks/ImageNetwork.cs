using System.Globalization;
using Ohmformer.Files;
using Ohmformer.Models;
using Ohmformer.Models.Images;

namespace Ohmformer.Training.Tasks;

/// <summary>What follows from a recipe and its training images: the network, how images are framed and normalized, names of the classes.</summary>
internal static class ImageNetwork
{
    // Enough images for a mean to four digits.
    private const int MostMeasured = 10000;

    /// <summary>The network, which has a class for every label up to the largest.</summary>
    /// <exception cref="InputException">Sizes do not fit each other or the images.</exception>
    public static TransformerSpec Of(TrainingRecipe recipe, ImageTaskSpec spec, ImageSet train, TransformerSpec? start)
    {
        int classes = Math.Max(spec.ClassNames.Count, 1 + Enumerable.Range(0, train.Count).Max(train.Label));
        if (start is not null)
            return start is { Input: ImageInput }
                ? start with { Name = recipe.Name, Classes = classes }
                : throw new InputException($"recipe {recipe.Name}: start {recipe.Start} is no vision transformer; name one.");
        var network = recipe.Network!;
        int size = spec.Size ?? train.Height;
        if (spec.Size is null && train.Height != train.Width)
            throw new InputException($"recipe {recipe.Name}: the images have {train.Height} x {train.Width} pixels, but networks take squares; give their side as 'size'.");
        if (size % spec.PatchSize != 0)
            throw new InputException($"recipe {recipe.Name}: patchSize {spec.PatchSize} does not divide the images' side of {size} pixels; choose a divisor.");
        return new TransformerSpec
        {
            Name = recipe.Name,
            Input = new ImageInput { Size = size, PatchSize = spec.PatchSize, Channels = train.Channels, ClassTokens = 1 },
            Layers = network.Layers,
            Hidden = network.Hidden,
            Heads = network.Heads,
            Intermediate = network.Intermediate,
            Classes = classes,
        };
    }

    /// <summary>How images of other sizes get the network's: resized with their proportions, and their center cut out. Null when they have it.</summary>
    public static Framing? FramingOf(ImageTaskSpec spec, ImageSet train) => spec.Size is not { } size || (train.Height, train.Width) == (size, size)
        ? null
        : new Framing { ShortestEdge = size, Crop = new(size, size) };

    /// <summary>The recipe's mean and deviation of every channel, or those of the training images, rounded to four digits.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="spec">Its task.</param>
    /// <param name="raw">Framing, and no normalization.</param>
    /// <param name="train">Images that fit the network.</param>
    /// <param name="count">Images to train on.</param>
    /// <exception cref="InputException">The recipe has not one value for each channel, or a channel is constant.</exception>
    public static Preprocessing Normalize(TrainingRecipe recipe, ImageTaskSpec spec, Preprocessing raw, ImageSet train, int count)
    {
        if (train.IsNormalized) return raw;
        if (spec.Mean.Count > 0)
            return spec.Mean.Count == train.Channels
                ? raw with { Mean = spec.Mean, Deviation = spec.Deviation }
                : throw new InputException($"recipe {recipe.Name}: mean has {spec.Mean.Count} values, the images have {train.Channels} channels; give one for each.");
        int area = train.Height * train.Width, measured = Math.Min(count, MostMeasured);
        double[] sum = new double[train.Channels], squares = new double[train.Channels];
        var pixels = new float[train.ImageElements];
        for (int image = 0; image < measured; image++)
        {
            train.Read(image, raw, pixels);
            for (int i = 0; i < pixels.Length; i++)
            {
                sum[i / area] += pixels[i];
                squares[i / area] += (double)pixels[i] * pixels[i];
            }
        }
        double all = (double)measured * area;
        double[] mean = [.. sum.Select(s => s / all)], deviation = [.. squares.Zip(mean, (s, m) => Math.Round(Math.Sqrt(Math.Max(0, s / all - m * m)), 4))];
        if (Array.IndexOf(deviation, 0) is >= 0 and int flat)
            throw new InputException($"{train.Source}: channel {flat} of the training images is constant; give 'mean' and 'deviation' in the recipe {recipe.Name}.");
        return raw with { Mean = [.. mean.Select(m => Math.Round(m, 4))], Deviation = deviation };
    }

    /// <summary>Names of the classes: those of the recipe, of the class folders, of the model to start from where it has as many, or numbers.</summary>
    /// <exception cref="InputException">The recipe names fewer than there are.</exception>
    public static IReadOnlyList<string> LabelsOf(TrainingRecipe recipe, ImageTaskSpec spec, ImageSet train, int classes, IReadOnlyList<string>? start)
    {
        if (spec.ClassNames.Count == 0) return train.ClassNames ?? (start?.Count == classes ? start : [.. Enumerable.Range(0, classes).Select(c => c.ToString(CultureInfo.InvariantCulture))]);
        return spec.ClassNames.Count == classes
            ? spec.ClassNames
            : throw new InputException($"recipe {recipe.Name}: classNames has {spec.ClassNames.Count} names, the images have labels up to {classes - 1}; name every class.");
    }
}

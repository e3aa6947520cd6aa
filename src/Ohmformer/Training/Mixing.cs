using System.Numerics.Tensors;
using Ohmformer.Numerics;
using Ohmformer.Training.Tasks;

namespace Ohmformer.Training;

/// <summary>How an image is mixed with another.</summary>
/// <param name="Partner">The other training image.</param>
/// <param name="Share">Share of the image itself, in [0, 1].</param>
/// <param name="Box">What comes from the partner; null when all of it is blended.</param>
internal readonly record struct Mix(int Partner, float Share, PixelBox? Box)
{
    /// <summary>Mixes the partner into the image.</summary>
    /// <param name="partner">Shape [channels, size, size].</param>
    /// <param name="size">Side in pixels.</param>
    /// <param name="image">Shape [channels, size, size].</param>
    public void Apply(ReadOnlySpan<float> partner, int size, Span<float> image)
    {
        if (Box is not { } box)
        {
            TensorPrimitives.Lerp(partner, image, Share, image);
            return;
        }
        for (int plane = 0; plane < image.Length; plane += size * size)
            for (int y = box.Top; y < box.Top + box.Height; y++)
            {
                var row = new Range(plane + y * size + box.Left, plane + y * size + box.Left + box.Width);
                partner[row].CopyTo(image[row]);
            }
    }
}

/// <summary>A rectangle of pixels.</summary>
internal readonly record struct PixelBox(int Top, int Left, int Height, int Width)
{
    public int Area => Height * Width;
}

/// <summary>
/// Mixup (Zhang et al., arXiv:1710.09412) and CutMix (Yun et al., arXiv:1905.04899). Partner and share are a pure function of seed, epoch
/// and sample, and not of the batch.
/// </summary>
/// <param name="spec">Parameters alpha.</param>
/// <param name="seed">Seed of the training.</param>
/// <param name="images">Number of training images.</param>
/// <param name="size">Side in pixels.</param>
internal sealed class Mixing(AugmentationSpec spec, ulong seed, int images, int size)
{
    // Behind the kinds of Augmentation.
    private const int Tile = 8;

    /// <summary>What an image is mixed with, or null when it stays as it is.</summary>
    /// <param name="epoch">Epoch, from 0.</param>
    /// <param name="sample">Index of the image in the training set.</param>
    public Mix? Of(int epoch, int sample)
    {
        if (spec is { Mixup: 0, CutMix: 0 }) return null;
        var random = new RandomStream(new NoiseKey(seed, NoisePurpose.Augmentation, epoch, sample + 1, Tile));
        if (random.NextUniform() >= spec.MixedShare) return null;
        bool cuts = spec.Mixup == 0 || (spec.CutMix > 0 && (random.NextWord() & 1) == 1);
        int partner = random.NextBelow(images);
        double share = Beta(ref random, cuts ? spec.CutMix : spec.Mixup);
        return cuts ? Cut(ref random, partner, share) : new(partner, (float)share, null);
    }

    // Equation 2 of Yun et al.: a box of the image's proportions around a uniform point, cut at the border, which gives the share back.
    private Mix Cut(ref RandomStream random, int partner, double share)
    {
        int half = (int)(size * Math.Sqrt(1 - share)) / 2, y = random.NextBelow(size), x = random.NextBelow(size);
        int top = Math.Max(0, y - half), left = Math.Max(0, x - half);
        var box = new PixelBox(top, left, Math.Min(size, y + half) - top, Math.Min(size, x + half) - left);
        return new(partner, 1 - (float)box.Area / (size * size), box);
    }

    // Beta(alpha, alpha) for alpha in (0, 1] by Joehnk's method (Metrika 8, 1964).
    private static double Beta(ref RandomStream random, double alpha)
    {
        while (true)
        {
            double x = Math.Pow(random.NextUniform(), 1 / alpha), y = Math.Pow(random.NextUniform(), 1 / alpha);
            if (x + y <= 1 && x + y > 0) return x / (x + y);
        }
    }
}

using Ohmformer.Numerics;

namespace Ohmformer.Training;

/// <summary>Moves images by a random affine map about their center, a pure function of seed, epoch and sample.</summary>
/// <param name="recipe">Limits of rotation, scale and shift, and the seed.</param>
/// <param name="channels">Color channels.</param>
/// <param name="size">Side in pixels.</param>
internal sealed class Augmentation(TrainingRecipe recipe, int channels, int size)
{
    /// <summary>Moves an image; what comes from outside repeats the nearest pixel of the border.</summary>
    /// <param name="pixels">Shape [channels, size, size].</param>
    /// <param name="epoch">Epoch, from 0.</param>
    /// <param name="sample">Index of the image in the training set.</param>
    /// <param name="moved">Shape [channels, size, size].</param>
    public void Apply(ReadOnlySpan<float> pixels, int epoch, int sample, Span<float> moved)
    {
        var random = new RandomStream(new NoiseKey(recipe.Seed, NoisePurpose.Augmentation, epoch, sample + 1));
        double angle = random.NextWithin(recipe.RotationDegrees) * Math.PI / 180, scale = 1 + random.NextWithin(recipe.ScaleShare);
        double shiftX = random.NextWithin(recipe.ShiftPixels), shiftY = random.NextWithin(recipe.ShiftPixels), center = (size - 1) / 2.0;
        // Where a pixel of the result comes from: undo the shift, the rotation and the scale.
        float cos = (float)(Math.Cos(angle) / scale), sin = (float)(Math.Sin(angle) / scale);
        for (int y = 0; y < size; y++)
            for (int x = 0; x < size; x++)
            {
                float dx = (float)(x - center - shiftX), dy = (float)(y - center - shiftY);
                float fromX = (float)center + cos * dx + sin * dy, fromY = (float)center - sin * dx + cos * dy;
                for (int c = 0; c < channels * size * size; c += size * size)
                    moved[c + y * size + x] = Bilinear(pixels.Slice(c, size * size), fromX, fromY);
            }
    }

    private float Bilinear(ReadOnlySpan<float> plane, float x, float y)
    {
        int left = (int)MathF.Floor(x), top = (int)MathF.Floor(y);
        float right = x - left, below = y - top;
        float upper = At(plane, left, top) * (1 - right) + At(plane, left + 1, top) * right;
        float lower = At(plane, left, top + 1) * (1 - right) + At(plane, left + 1, top + 1) * right;
        return upper * (1 - below) + lower * below;
    }

    private float At(ReadOnlySpan<float> plane, int x, int y) => plane[Math.Clamp(y, 0, size - 1) * size + Math.Clamp(x, 0, size - 1)];
}

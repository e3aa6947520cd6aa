using Ohmformer.Numerics;

namespace Ohmformer.Training;

/// <summary>
/// Turns bytes into normalized pixels, moved by a random affine map about the image's center. The map is a pure function of
/// seed, epoch and sample.
/// </summary>
/// <param name="recipe">Limits of rotation, scale and shift, and the seed.</param>
/// <param name="channels">Color channels.</param>
/// <param name="size">Side in pixels.</param>
internal sealed class Augmentation(TrainingRecipe recipe, int channels, int size)
{
    /// <summary>Value of a byte: (byte / 255 - Mean) / Deviation, in double precision.</summary>
    public const float Mean = 0.5f, Deviation = 0.5f;

    /// <summary>Normalizes an image without moving it.</summary>
    /// <param name="pixels">Shape [channels, size, size].</param>
    /// <param name="normalized">Shape [channels, size, size].</param>
    public static void Normalize(ReadOnlySpan<byte> pixels, Span<float> normalized)
    {
        for (int i = 0; i < pixels.Length; i++) normalized[i] = ValueOf(pixels[i]);
    }

    /// <summary>Normalizes an image and moves it; what comes from outside is background, byte 0.</summary>
    /// <param name="pixels">Shape [channels, size, size].</param>
    /// <param name="epoch">Epoch, from 0.</param>
    /// <param name="sample">Index of the image in the training set.</param>
    /// <param name="normalized">Shape [channels, size, size].</param>
    public void Apply(ReadOnlySpan<byte> pixels, int epoch, int sample, Span<float> normalized)
    {
        var random = new RandomStream(new NoiseKey(recipe.Seed, NoisePurpose.Augmentation, epoch, sample + 1));
        double angle = random.NextWithin(recipe.RotationDegrees) * Math.PI / 180, scale = 1 + random.NextWithin(recipe.ScaleShare);
        double shiftX = random.NextWithin(recipe.ShiftPixels), shiftY = random.NextWithin(recipe.ShiftPixels), center = (size - 1) / 2.0;
        // Where a pixel of the result comes from: undo the shift, the rotation and the scale.
        float cos = (float)(Math.Cos(angle) / scale), sin = (float)(Math.Sin(angle) / scale);
        for (int c = 0; c < channels; c++)
        {
            var plane = pixels.Slice(c * size * size, size * size);
            var result = normalized.Slice(c * size * size, size * size);
            for (int y = 0; y < size; y++)
                for (int x = 0; x < size; x++)
                {
                    float dx = (float)(x - center - shiftX), dy = (float)(y - center - shiftY);
                    result[y * size + x] = ValueOf(Bilinear(plane, (float)center + cos * dx + sin * dy, (float)center - sin * dx + cos * dy));
                }
        }
    }

    private static float ValueOf(float level) => (float)((level * (1.0 / 255) - Mean) / Deviation);

    private float Bilinear(ReadOnlySpan<byte> plane, float x, float y)
    {
        int left = (int)MathF.Floor(x), top = (int)MathF.Floor(y);
        float right = x - left, below = y - top;
        float upper = At(plane, left, top) * (1 - right) + At(plane, left + 1, top) * right;
        float lower = At(plane, left, top + 1) * (1 - right) + At(plane, left + 1, top + 1) * right;
        return upper * (1 - below) + lower * below;
    }

    private float At(ReadOnlySpan<byte> plane, int x, int y) => (uint)x < (uint)size && (uint)y < (uint)size ? plane[y * size + x] : 0;
}

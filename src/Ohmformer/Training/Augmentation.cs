using System.Buffers;
using System.Numerics.Tensors;
using Ohmformer.Models;
using Ohmformer.Numerics;
using Ohmformer.Training.Tasks;

namespace Ohmformer.Training;

/// <summary>Changes normalized images at random. What happens to an image is a pure function of seed, epoch and sample.</summary>
/// <param name="spec">Limits of the changes.</param>
/// <param name="seed">Seed of the training.</param>
/// <param name="scale">Mean and deviation by which the pixels are normalized.</param>
/// <param name="size">Side in pixels.</param>
internal sealed class Augmentation(AugmentationSpec spec, ulong seed, Preprocessing scale, int size)
{
    // Bounds of Zhong et al., arXiv:1708.04896, table 1: share of the area, and height by width, of what is erased.
    private const double SmallestErased = 0.02, LargestErased = 0.4, NarrowestErased = 0.3;

    // Weights of red, green and blue in gray (ITU-R BT.601).
    private static readonly float[] Luma = [0.299f, 0.587f, 0.114f];

    private readonly int _area = size * size, _channels = scale.Mean.Count;

    // Every kind of change has random numbers of its own.
    private enum Kind
    {
        Affine,
        Crop,
        Color,
        Erasing,
    }

    /// <summary>Changes an image.</summary>
    /// <param name="pixels">Shape [channels, size, size], normalized.</param>
    /// <param name="epoch">Epoch, from 0.</param>
    /// <param name="sample">Index of the image in the training set.</param>
    public void Apply(Span<float> pixels, int epoch, int sample)
    {
        if (spec is { RotationDegrees: > 0 } or { ShiftPixels: > 0 } or { ScaleShare: > 0 }) Move(pixels, Stream(Kind.Affine));
        if (spec is { CropPixels: > 0 } or { Flip: true }) CropAndFlip(pixels, Stream(Kind.Crop));
        if (spec is { Brightness: > 0 } or { Contrast: > 0 } or { Saturation: > 0 }) Recolor(pixels, Stream(Kind.Color));
        if (spec.Erasing > 0) Erase(pixels, Stream(Kind.Erasing));

        RandomStream Stream(Kind kind) => new(new NoiseKey(seed, NoisePurpose.Augmentation, epoch, sample + 1, (int)kind));
    }

    // An affine map about the center; what comes from outside repeats the nearest pixel of the border.
    private void Move(Span<float> pixels, RandomStream random)
    {
        double angle = random.NextWithin(spec.RotationDegrees) * Math.PI / 180, factor = 1 + random.NextWithin(spec.ScaleShare);
        double shiftX = random.NextWithin(spec.ShiftPixels), shiftY = random.NextWithin(spec.ShiftPixels), center = (size - 1) / 2.0;
        // Where a pixel of the result comes from: undo the shift, the rotation and the scale.
        float cos = (float)(Math.Cos(angle) / factor), sin = (float)(Math.Sin(angle) / factor);
        using var copy = new Copy(pixels);
        for (int y = 0; y < size; y++)
            for (int x = 0; x < size; x++)
            {
                float dx = (float)(x - center - shiftX), dy = (float)(y - center - shiftY);
                float fromX = (float)center + cos * dx + sin * dy, fromY = (float)center - sin * dx + cos * dy;
                for (int c = 0; c < pixels.Length; c += _area) pixels[c + y * size + x] = Bilinear(copy.Values.Slice(c, _area), fromX, fromY);
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

    private void CropAndFlip(Span<float> pixels, RandomStream random)
    {
        int right = random.NextBelow(2 * spec.CropPixels + 1) - spec.CropPixels, down = random.NextBelow(2 * spec.CropPixels + 1) - spec.CropPixels;
        bool flips = (random.NextWord() & 1) == 1 && spec.Flip;
        if (right == 0 && down == 0 && !flips) return;
        using var copy = new Copy(pixels);
        for (int c = 0; c < _channels; c++)
            for (int y = 0; y < size; y++)
            {
                var row = pixels.Slice(c * _area + y * size, size);
                if (Inside(y + down) is { } from) CropRow(copy.Values.Slice(c * _area + from * size, size), right, Black(c), row);
                else row.Fill(Black(c));
                if (flips) row.Reverse();
            }
    }

    private void CropRow(ReadOnlySpan<float> from, int right, float black, Span<float> row)
    {
        int first = Math.Clamp(-right, 0, size), last = Math.Clamp(size - right, 0, size);
        if (first < last) from[(first + right)..(last + right)].CopyTo(row[first..last]);
        for (int x = 0; x < size; x++)
        {
            if (x == first && first < last) x = last;
            if (x < size) row[x] = Inside(x + right) is { } at ? from[at] : black;
        }
    }

    // The row or column that stands at a place in the padded image: itself, its mirror image, or none.
    private int? Inside(int at)
    {
        if ((uint)at < (uint)size) return at;
        if (spec.Padding == Padding.Black) return null;
        if (size == 1) return 0;
        int period = 2 * (size - 1), turned = (at % period + period) % period;
        return turned < size ? turned : period - turned;
    }

    private float Black(int channel) => (float)(-scale.Mean[channel] / scale.Deviation[channel]);

    // Brightness, contrast and saturation as blends with black, the mean gray and the gray image (torchvision's ColorJitter, in this order
    // and without limits to what is brighter than white).
    private void Recolor(Span<float> pixels, RandomStream random)
    {
        float brightness = 1 + (float)random.NextWithin(spec.Brightness), contrast = 1 + (float)random.NextWithin(spec.Contrast);
        float saturation = 1 + (float)random.NextWithin(spec.Saturation);
        for (int c = 0; c < _channels; c++)
            Map(pixels.Slice(c * _area, _area), brightness * (float)scale.Deviation[c], brightness * (float)scale.Mean[c]);
        using var gray = new Copy(pixels[.._area]);
        if (_channels == 3) Gray(pixels, gray.Values);
        float middle = LaneSum.Of(gray.Values) / _area * (1 - contrast);
        Map(gray.Values, contrast, middle);
        for (int c = 0; c < _channels; c++)
        {
            var plane = pixels.Slice(c * _area, _area);
            Map(plane, contrast, middle);
            if (_channels == 3) TensorPrimitives.Lerp<float>(gray.Values, plane, saturation, plane);
            Map(plane, (float)(1 / scale.Deviation[c]), Black(c));
        }
    }

    private static void Map(Span<float> plane, float factor, float offset)
    {
        TensorPrimitives.Multiply(plane, factor, plane);
        TensorPrimitives.Add(plane, offset, plane);
    }

    private void Gray(ReadOnlySpan<float> pixels, Span<float> gray)
    {
        TensorPrimitives.Multiply(pixels[.._area], Luma[0], gray);
        for (int c = 1; c < 3; c++) TensorPrimitives.MultiplyAdd(pixels.Slice(c * _area, _area), Luma[c], gray, gray);
    }

    // Algorithm 1 of Zhong et al., arXiv:1708.04896: a rectangle becomes noise that is uniform from black to white.
    private void Erase(Span<float> pixels, RandomStream random)
    {
        if (random.NextUniform() >= spec.Erasing) return;
        int height, width;
        do
        {
            double area = _area * (SmallestErased + (LargestErased - SmallestErased) * random.NextUniform());
            double aspect = NarrowestErased + (1 / NarrowestErased - NarrowestErased) * random.NextUniform();
            (height, width) = ((int)Math.Sqrt(area * aspect), (int)Math.Sqrt(area / aspect));
        }
        while (height > size || width > size);
        int top = random.NextBelow(size - height + 1), left = random.NextBelow(size - width + 1);
        for (int c = 0; c < _channels; c++)
            for (int y = top; y < top + height; y++)
                foreach (ref float pixel in pixels.Slice(c * _area + y * size + left, width))
                    pixel = (float)((random.NextUniform() - scale.Mean[c]) / scale.Deviation[c]);
    }

    // What an image was, in borrowed memory.
    private readonly ref struct Copy
    {
        private readonly float[] _memory;

        public Copy(ReadOnlySpan<float> pixels)
        {
            _memory = ArrayPool<float>.Shared.Rent(pixels.Length);
            Values = _memory.AsSpan(0, pixels.Length);
            pixels.CopyTo(Values);
        }

        public Span<float> Values { get; }

        public void Dispose() => ArrayPool<float>.Shared.Return(_memory);
    }
}

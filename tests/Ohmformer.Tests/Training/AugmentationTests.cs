using Ohmformer.Models;
using Ohmformer.Training;
using Ohmformer.Training.Tasks;

namespace Ohmformer.Tests.Training;

public sealed class AugmentationTests
{
    private const int Size = 9;

    // Pixels that are normalized by nothing.
    private static readonly Preprocessing Plain = new() { Mean = [0], Deviation = [1] };

    public static TheoryData<AugmentationSpec> Kinds =>
    [
        new AugmentationSpec { RotationDegrees = 10, ShiftPixels = 2, ScaleShare = 0.1 },
        new AugmentationSpec { Flip = true, CropPixels = 3 },
        new AugmentationSpec { CropPixels = 3, Padding = Padding.Black },
        new AugmentationSpec { Brightness = 0.3, Contrast = 0.3, Saturation = 0.3 },
        new AugmentationSpec { Erasing = 1 },
    ];

    [Fact]
    public void Without_changes_the_image_stays_as_it_is() => Assert.Equal(Pixels(1), Change(new(), Pixels(1), 3, 4));

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Change_depends_on_seed_epoch_and_sample_only(AugmentationSpec spec)
    {
        var pixels = Pixels(1);
        Assert.Equal(Change(spec, pixels, 1, 2), Change(spec, pixels, 1, 2));
        Assert.True(Enumerable.Range(0, 20).Select(sample => string.Join(',', Change(spec, pixels, 1, sample))).Distinct().Count() > 12);
        Assert.NotEqual(Enumerable.Range(0, 9).Select(sample => Change(spec, pixels, 1, sample)[40]), Enumerable.Range(0, 9).Select(sample => Change(spec, pixels, 2, sample)[40]));
    }

    [Fact]
    public void One_change_does_not_alter_the_random_numbers_of_another()
    {
        // A flat image shows the brightness alone, whatever else moves.
        float[] flat = [.. Enumerable.Repeat(0.25f, Size * Size)];
        for (int sample = 0; sample < 5; sample++)
        {
            float alone = Change(new() { Brightness = 0.3 }, flat, 0, sample)[0];
            Assert.Equal(alone, Change(new() { Brightness = 0.3, RotationDegrees = 30, Flip = true, CropPixels = 2 }, flat, 0, sample)[0], 1e-6f);
        }
    }

    [Fact]
    public void Border_is_repeated_outside()
    {
        float[] pixels = [.. Enumerable.Repeat(0.25f, Size * Size)];
        for (int sample = 0; sample < 10; sample++)
            Assert.All(Change(new() { RotationDegrees = 90, ShiftPixels = 20, ScaleShare = 0.5 }, pixels, 0, sample), v => Assert.Equal(0.25f, v, 1e-6f));
    }

    [Fact]
    public void Rotation_keeps_the_center_and_moves_a_corner_to_its_angle()
    {
        // One bright pixel at distance 3 to the right of the center stays at distance 3 after any rotation.
        var pixels = new float[Size * Size];
        pixels[4 * Size + 7] = 1;
        for (int sample = 0; sample < 20; sample++)
        {
            var moved = Change(new() { RotationDegrees = 180 }, pixels, 0, sample);
            double mass = 0, x = 0, y = 0;
            for (int i = 0; i < moved.Length; i++)
            {
                double level = moved[i];
                mass += level;
                x += level * (i % Size - 4);
                y += level * (i / Size - 4);
            }
            Assert.Equal(3, Math.Sqrt(x * x + y * y) / mass, 0.2);
        }
    }

    [Fact]
    public void Shift_moves_the_center_of_mass_within_its_limit()
    {
        var pixels = new float[Size * Size];
        pixels[4 * Size + 4] = 1;
        double largest = 0;
        for (int sample = 0; sample < 50; sample++)
        {
            var moved = Change(new() { ShiftPixels = 2 }, pixels, 0, sample);
            double mass = 0, x = 0;
            for (int i = 0; i < moved.Length; i++)
            {
                mass += moved[i];
                x += moved[i] * (i % Size - 4);
            }
            Assert.Equal(1, mass, 1e-4);
            largest = Math.Max(largest, Math.Abs(x / mass));
        }
        Assert.InRange(largest, 1.5, 2);
    }

    [Fact]
    public void Flip_mirrors_about_half_of_the_images()
    {
        float[] pixels = Pixels(1), mirrored = [.. pixels.Chunk(Size).SelectMany(row => row.Reverse())];
        int mirror = 0;
        for (int sample = 0; sample < 200; sample++)
        {
            var changed = Change(new() { Flip = true }, pixels, 0, sample);
            Assert.True(changed.SequenceEqual(pixels) || changed.SequenceEqual(mirrored));
            if (changed.SequenceEqual(mirrored)) mirror++;
        }
        Assert.InRange(mirror, 70, 130);
    }

    [Theory]
    [InlineData(Padding.Reflect, 1)]
    [InlineData(Padding.Reflect, 20)] // farther than the image is wide
    [InlineData(Padding.Black, 4)]
    [InlineData(Padding.Black, 20)]
    public void Crop_shows_a_part_of_the_padded_image(Padding padding, int most)
    {
        var pixels = Pixels(1);
        var seen = new HashSet<(int, int)>();
        for (int sample = 0; sample < 60; sample++)
        {
            var changed = Change(new() { CropPixels = most, Padding = padding }, pixels, 0, sample);
            var shifts = from down in Enumerable.Range(-most, 2 * most + 1)
                         from right in Enumerable.Range(-most, 2 * most + 1)
                         where Enumerable.Range(0, Size * Size).All(i => changed[i] == Padded(pixels, i / Size + down, i % Size + right, padding))
                         select (down, right);
            seen.Add(shifts.First());
        }
        Assert.True(seen.Count >= (most == 1 ? 9 : 15), $"{seen.Count}");
    }

    [Fact]
    public void Black_is_the_normalized_zero()
    {
        var scale = new Preprocessing { Mean = [0.5, 0.25], Deviation = [0.5, 0.125] };
        var augmentation = new Augmentation(new() { CropPixels = 100, Padding = Padding.Black }, 1, scale, Size);
        var pixels = new float[2 * Size * Size];
        augmentation.Apply(pixels, 0, 0);
        Assert.All(pixels[..(Size * Size)], v => Assert.Equal(-1, v));
        Assert.All(pixels[(Size * Size)..], v => Assert.Equal(-2, v));
    }

    [Fact]
    public void Colors_change_as_in_torchvision()
    {
        // Reference: brightness is b x, contrast c x + (1 - c) mean(gray), saturation s x + (1 - s) gray, whatever the normalization is.
        var scale = new Preprocessing { Mean = [0.4, 0.5, 0.6], Deviation = [0.2, 0.3, 0.25] };
        const int area = Size * Size;
        float[] pixels = Pixels(3);
        double[] x = [.. pixels.Select((v, i) => v * scale.Deviation[i / area] + scale.Mean[i / area])];
        double Gray(int i) => 0.299 * x[i] + 0.587 * x[area + i] + 0.114 * x[2 * area + i];
        foreach (var spec in new AugmentationSpec[] { new() { Brightness = 0.5 }, new() { Contrast = 0.5 }, new() { Saturation = 0.5 } })
        {
            var changed = (float[])pixels.Clone();
            new Augmentation(spec, 1, scale, Size).Apply(changed, 0, 1);
            double[] y = [.. changed.Select((v, i) => v * scale.Deviation[i / area] + scale.Mean[i / area])];
            double mean = Enumerable.Range(0, area).Average(Gray);
            double Center(int i) => spec.Brightness > 0 ? 0 : spec.Contrast > 0 ? mean : Gray(i % area);
            double factor = (y[5] - Center(5)) / (x[5] - Center(5));
            Assert.InRange(factor, 0.5, 1.5);
            Assert.NotEqual(1, factor, 1e-3);
            for (int i = 0; i < x.Length; i++) Assert.Equal(Center(i) + factor * (x[i] - Center(i)), y[i], 1e-5);
        }
    }

    [Fact]
    public void Erasing_replaces_one_rectangle_of_a_limited_share()
    {
        const int size = 32;
        double shares = 0;
        var augmentation = new Augmentation(new() { Erasing = 1 }, 1, Plain, size);
        for (int sample = 0; sample < 100; sample++)
        {
            var pixels = new float[size * size];
            Array.Fill(pixels, -1);
            augmentation.Apply(pixels, 0, sample);
            int[] erased = [.. Enumerable.Range(0, pixels.Length).Where(i => pixels[i] != -1)];
            int height = erased.Max(i => i / size) - erased.Min(i => i / size) + 1, width = erased.Max(i => i % size) - erased.Min(i => i % size) + 1;
            Assert.Equal(height * width, erased.Length);
            Assert.All(erased, i => Assert.InRange(pixels[i], 0, 1));
            double share = (double)erased.Length / pixels.Length;
            Assert.InRange(share, 0.01, 0.4);
            shares += share / 100;
        }
        Assert.InRange(shares, 0.12, 0.25);
    }

    private static float Padded(float[] pixels, int y, int x, Padding padding)
    {
        if (padding == Padding.Black && (y is < 0 or >= Size || x is < 0 or >= Size)) return 0;
        return pixels[Mirrored(y) * Size + Mirrored(x)];

        static int Mirrored(int i)
        {
            while (i is < 0 or >= Size) i = i < 0 ? -i : 2 * (Size - 1) - i;
            return i;
        }
    }

    private static float[] Change(AugmentationSpec spec, float[] pixels, int epoch, int sample)
    {
        float[] changed = [.. pixels];
        new Augmentation(spec, 1, Plain, Size).Apply(changed, epoch, sample);
        return changed;
    }

    private static float[] Pixels(int channels) => [.. Enumerable.Range(0, channels * Size * Size).Select(i => i * 37 % 101 / 50f - 1)];
}

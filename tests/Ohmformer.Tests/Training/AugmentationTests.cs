using Ohmformer.Training;

namespace Ohmformer.Tests.Training;

public sealed class AugmentationTests
{
    private const int Size = 9;

    [Fact]
    public void Without_limits_the_image_stays_as_it_is()
    {
        float[] pixels = Pixels(2), moved = new float[pixels.Length];
        new Augmentation(Recipe(0, 0, 0), 2, Size).Apply(pixels, 3, 4, moved);
        Assert.Equal(pixels, moved);
    }

    [Fact]
    public void Border_is_repeated_outside()
    {
        float[] pixels = [.. Enumerable.Repeat(0.25f, Size * Size)], moved = new float[pixels.Length];
        for (int sample = 0; sample < 10; sample++)
        {
            new Augmentation(Recipe(90, 20, 0.5), 1, Size).Apply(pixels, 0, sample, moved);
            Assert.All(moved, v => Assert.Equal(0.25f, v, 1e-6f));
        }
    }

    [Fact]
    public void Map_depends_on_seed_epoch_and_sample_only()
    {
        float[] pixels = Pixels(1);
        float[] Move(int epoch, int sample)
        {
            var moved = new float[pixels.Length];
            new Augmentation(Recipe(10, 2, 0.1), 1, Size).Apply(pixels, epoch, sample, moved);
            return moved;
        }
        Assert.Equal(Move(1, 2), Move(1, 2));
        Assert.NotEqual(Move(1, 2), Move(1, 3));
        Assert.NotEqual(Move(1, 2), Move(2, 2));
    }

    [Fact]
    public void Rotation_keeps_the_center_and_moves_a_corner_to_its_angle()
    {
        // One bright pixel at distance 3 to the right of the center stays at distance 3 after any rotation.
        var pixels = new float[Size * Size];
        pixels[4 * Size + 7] = 1;
        var augmentation = new Augmentation(Recipe(180, 0, 0), 1, Size);
        for (int sample = 0; sample < 20; sample++)
        {
            var moved = new float[pixels.Length];
            augmentation.Apply(pixels, 0, sample, moved);
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
        var augmentation = new Augmentation(Recipe(0, 2, 0), 1, Size);
        double largest = 0;
        for (int sample = 0; sample < 50; sample++)
        {
            var moved = new float[pixels.Length];
            augmentation.Apply(pixels, 0, sample, moved);
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

    private static float[] Pixels(int channels) => [.. Enumerable.Range(0, channels * Size * Size).Select(i => i * 37 % 101 / 50f - 1)];

    private static TrainingRecipe Recipe(double rotation, double shift, double scale) => new()
    {
        Name = "test",
        Data = "none",
        Layers = 1,
        Hidden = 1,
        Heads = 1,
        Intermediate = 1,
        PatchSize = 1,
        Epochs = 1,
        RotationDegrees = rotation,
        ShiftPixels = shift,
        ScaleShare = scale,
    };
}

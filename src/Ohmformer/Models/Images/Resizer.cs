namespace Ohmformer.Models.Images;

/// <summary>
/// Resizes images as the Python imaging library PIL does, on which the preprocessing of published networks rests: the filter widens
/// with the shrink factor (antialiasing), rows are done before columns, both with rounding to 8 bits and 22-bit fixed-point weights.
/// </summary>
internal static class Resizer
{
    private const int WeightBits = 22;

    /// <summary>Where an output pixel comes from: <paramref name="Weights"/>[i] belongs to input pixel First + i.</summary>
    private readonly record struct Window(int First, int[] Weights);

    /// <summary>An image in another size.</summary>
    public static Picture Resize(Picture picture, int height, int width, Resampling resampling)
    {
        if ((height, width) == (picture.Height, picture.Width)) return picture;
        if (resampling == Resampling.Nearest) return Nearest(picture, height, width);
        var pixels = picture.Pixels;
        int rows = picture.Channels * picture.Height;
        if (width != picture.Width) pixels = Rows(pixels.Span, rows, picture.Width, Windows(picture.Width, width, resampling));
        if (height != picture.Height) pixels = Columns(pixels.Span, picture.Channels, picture.Height, width, Windows(picture.Height, height, resampling));
        return new Picture(pixels, picture.Channels, height, width);
    }

    private static byte[] Rows(ReadOnlySpan<byte> pixels, int rows, int width, Window[] windows)
    {
        var resized = new byte[rows * windows.Length];
        for (int y = 0; y < rows; y++)
        {
            var row = pixels.Slice(y * width, width);
            for (int x = 0; x < windows.Length; x++)
            {
                var (first, weights) = windows[x];
                int sum = 1 << (WeightBits - 1);
                for (int i = 0; i < weights.Length; i++) sum += row[first + i] * weights[i];
                resized[y * windows.Length + x] = Clip(sum);
            }
        }
        return resized;
    }

    private static byte[] Columns(ReadOnlySpan<byte> pixels, int channels, int height, int width, Window[] windows)
    {
        var resized = new byte[channels * windows.Length * width];
        var sums = new int[width];
        for (int row = 0; row < channels * windows.Length; row++)
        {
            var (first, weights) = windows[row % windows.Length];
            Array.Fill(sums, 1 << (WeightBits - 1));
            for (int i = 0; i < weights.Length; i++)
            {
                var source = pixels.Slice((row / windows.Length * height + first + i) * width, width);
                for (int x = 0; x < width; x++) sums[x] += source[x] * weights[i];
            }
            for (int x = 0; x < width; x++) resized[row * width + x] = Clip(sums[x]);
        }
        return resized;
    }

    private static byte Clip(int sum) => (byte)Math.Clamp(sum >> WeightBits, 0, 255);

    /// <summary>The filter around every output pixel's center, cut off at the borders, with weights whose sum is 1.</summary>
    private static Window[] Windows(int from, int to, Resampling resampling)
    {
        double scale = (double)from / to, stretch = Math.Max(scale, 1), reach = Reach(resampling) * stretch;
        return [.. Enumerable.Range(0, to).Select(i =>
        {
            double center = (i + 0.5) * scale;
            int first = Math.Max(0, (int)(center - reach + 0.5)), end = Math.Min(from, (int)(center + reach + 0.5));
            double[] weights = [.. Enumerable.Range(first, end - first).Select(k => Filter(resampling, (k - center + 0.5) / stretch))];
            double sum = weights.Sum();
            return new Window(first, [.. weights.Select(w => (int)Math.Round(w / sum * (1 << WeightBits), MidpointRounding.AwayFromZero))]);
        })];
    }

    /// <summary>Half the width of a filter in pixels.</summary>
    private static double Reach(Resampling resampling) => resampling switch
    {
        Resampling.Box => 0.5,
        Resampling.Bilinear or Resampling.Hamming => 1,
        Resampling.Bicubic => 2,
        Resampling.Lanczos => 3,
        _ => throw new ArgumentOutOfRangeException(nameof(resampling), resampling, "It has no filter."),
    };

    private static double Filter(Resampling resampling, double x)
    {
        double distance = Math.Abs(x);
        if (distance > Reach(resampling)) return 0;
        return resampling switch
        {
            Resampling.Box => x is > -0.5 and <= 0.5 ? 1 : 0,
            Resampling.Bilinear => 1 - distance,
            Resampling.Hamming => Sinc(x) * (0.54f + 0.46f * Math.Cos(Math.PI * x)), // PIL has these two in single precision.
            Resampling.Bicubic => distance < 1
                ? (1.5 * distance - 2.5) * distance * distance + 1
                : ((-0.5 * distance + 2.5) * distance - 4) * distance + 2,
            _ => Sinc(x) * Sinc(x / 3),
        };
    }

    private static double Sinc(double x) => x == 0 ? 1 : Math.Sin(Math.PI * x) / (Math.PI * x);

    private static Picture Nearest(Picture picture, int height, int width)
    {
        var pixels = picture.Pixels.Span;
        int[] columns = Centers(picture.Width, width), rows = Centers(picture.Height, height);
        var resized = new byte[picture.Channels * height * width];
        for (int row = 0; row < picture.Channels * height; row++)
        {
            int source = (row / height * picture.Height + rows[row % height]) * picture.Width;
            for (int x = 0; x < width; x++) resized[row * width + x] = pixels[source + columns[x]];
        }
        return new Picture(resized, picture.Channels, height, width);
    }

    /// <summary>The input pixel under the center of every output pixel; the step is added up, since its rounding decides ties in PIL.</summary>
    private static int[] Centers(int from, int to)
    {
        var centers = new int[to];
        double step = (double)from / to, center = step * 0.5;
        for (int i = 0; i < to; i++, center += step) centers[i] = Math.Min(from - 1, (int)center);
        return centers;
    }
}

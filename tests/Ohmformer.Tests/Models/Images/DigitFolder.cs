using System.Globalization;
using Ohmformer.Models;
using Ohmformer.Models.Images;

namespace Ohmformer.Tests.Models.Images;

/// <summary>Writes gray images as a folder of PNG files in the layout of ImageNet.</summary>
internal static class DigitFolder
{
    /// <summary>Writes all images of a set.</summary>
    /// <returns>For every class the indices of its images, in the order of their files.</returns>
    public static List<int>[] Write(string folder, ImageSet set)
    {
        var written = Enumerable.Range(0, 10).Select(_ => new List<int>()).ToArray();
        for (int digit = 0; digit < 10; digit++) Directory.CreateDirectory(Path.Combine(folder, $"{digit}")); // A class without images keeps its label.
        for (int i = 0; i < set.Count; i++)
        {
            var pixels = new float[set.ImageElements];
            set.Read(i, new Preprocessing { RescaleFactor = 1, Mean = [0], Deviation = [1] }, pixels);
            string name = string.Create(CultureInfo.InvariantCulture, $"{set.Label(i)}/{i:D5}.png");
            File.WriteAllBytes(Path.Combine(folder, name), TestPng.Encode(new Picture(pixels.Select(p => (byte)p).ToArray(), 1, set.Height, set.Width)));
            written[set.Label(i)].Add(i);
        }
        return written;
    }
}

using Ohmformer.Files;
using Ohmformer.Mapping;
using Ohmformer.Models;

namespace Ohmformer.Lab.Runs;

/// <summary>Logits of a model in float32, for other programs.</summary>
public static class LogitsRun
{
    /// <summary>Computes logits of images.</summary>
    /// <param name="model">Shipped model or directory.</param>
    /// <param name="inputs">.npy file of normalized images, shape [n, c, h, w].</param>
    /// <param name="output">.npy file to write, shape [n, classes], float32.</param>
    /// <param name="threads">Worker threads.</param>
    /// <param name="progress">Is told about every image.</param>
    /// <param name="cancellation">Stops between images; nothing is written then.</param>
    /// <returns>The number of images.</returns>
    /// <exception cref="InputException">The model or the images cannot be used.</exception>
    public static int Run(string model, string inputs, string output, int threads, IProgress<PhaseProgress> progress, CancellationToken cancellation)
    {
        var checkpoint = ModelSource.Load(model);
        var spec = checkpoint.Spec;
        var images = NpyArray.Load(inputs);
        int[] expected = [spec.Channels, spec.ImageSize, spec.ImageSize];
        if (images.Shape.Count != 4 || !images.Shape.Skip(1).SequenceEqual(expected))
        {
            throw new InputException(
                $"{inputs}: the shape is [{string.Join(", ", images.Shape)}], but {spec.Name} reads images [n, {string.Join(", ", expected)}]. Normalize and reshape the images.");
        }

        float[] pixels = images.ToFloats();
        int count = images.Shape[0], length = expected.Aggregate((a, b) => a * b);
        if (count == 0) throw new InputException($"{inputs}: holds no images.");
        if ((long)count * spec.Classes > Array.MaxLength)
            throw new InputException($"{inputs}: {count} images with {spec.Classes} classes are more than {Array.MaxLength} logits; split the images.");
        int bad = Array.FindIndex(pixels, p => !float.IsFinite(p));
        if (bad >= 0) throw new InputException($"{inputs}: image {bad / length} holds {pixels[bad]}; pixels must be finite numbers.");
        float[] logits = new float[count * spec.Classes];
        using var workers = ImageLoop.WorkersFor(count, threads);
        var run = new TransformerRun(spec, checkpoint.Weights, new FloatProduct(workers));
        new ImageLoop(spec, threads, workers, progress, cancellation).Run("float", count, (image, workspace) =>
            run.Forward(image, pixels.AsSpan(image * length, length), workspace, logits.AsSpan(image * spec.Classes, spec.Classes)));
        NpyArray.Of(logits, count, spec.Classes).Save(output);
        return count;
    }
}

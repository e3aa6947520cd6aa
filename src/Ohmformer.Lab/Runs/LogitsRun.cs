using Ohmformer.Files;
using Ohmformer.Mapping;
using Ohmformer.Models;

namespace Ohmformer.Lab.Runs;

/// <summary>Logits of a model in float32, for other programs.</summary>
public static class LogitsRun
{
    /// <summary>Computes logits of images, texts or features.</summary>
    /// <param name="model">Shipped model or directory.</param>
    /// <param name="inputs">.npy file: normalized images [n, c, h, w], token ids [n, t], or features [n, frames, features].</param>
    /// <param name="output">.npy file to write, shape [n, classes], or [n, t, classes] for a model with logits of every token; float32.</param>
    /// <param name="threads">Worker threads.</param>
    /// <param name="progress">Is told about every input.</param>
    /// <param name="cancellation">Stops between inputs; nothing is written then.</param>
    /// <returns>The number of inputs.</returns>
    /// <exception cref="InputException">The model or the inputs cannot be used.</exception>
    public static int Run(string model, string inputs, string output, int threads, IProgress<PhaseProgress> progress, CancellationToken cancellation)
    {
        var checkpoint = ModelSource.Load(model);
        var spec = checkpoint.Spec;
        var array = NpyArray.Load(inputs);
        CheckShape(inputs, array, spec);
        int count = array.Shape[0], length = array.Values.Length / Math.Max(1, count);
        if (count == 0 || length == 0) throw new InputException($"{inputs}: holds no inputs.");
        int each = spec.Logits(spec.Input is TokenInput ? length : spec.Tokens);
        if ((long)count * each > Array.MaxLength)
            throw new InputException($"{inputs}: {count} inputs with {each} logits each are more than {Array.MaxLength} logits; split the inputs.");

        float[] logits = new float[count * each];
        using var workers = ImageLoop.WorkersFor(count, threads);
        var run = new TransformerRun(spec, checkpoint.Weights, new FloatProduct(workers));
        var loop = new ImageLoop(spec, threads, workers, progress, cancellation);
        if (spec.Input is TokenInput)
        {
            int[] ids = array.ToInts();
            loop.Run("float", count, (text, workspace) => run.Forward(text, ids.AsSpan(text * length, length), [], workspace, logits.AsSpan(text * each, each)));
        }
        else
        {
            float[] values = array.ToFloats();
            int bad = Array.FindIndex(values, p => !float.IsFinite(p));
            if (bad >= 0) throw new InputException($"{inputs}: input {bad / length} holds {values[bad]}; pixels and features must be finite numbers.");
            loop.Run("float", count, (image, workspace) => run.Forward(image, values.AsSpan(image * length, length), workspace, logits.AsSpan(image * each, each)));
        }
        int[] shape = spec.Pooling == Pooling.EveryToken ? [count, each / spec.Classes, spec.Classes] : [count, each];
        NpyArray.Of(logits, shape).Save(output);
        return count;
    }

    private static void CheckShape(string path, NpyArray array, TransformerSpec spec)
    {
        (int[] expected, string what) = spec.Input switch
        {
            ImageInput image => (new[] { image.Channels, image.Size, image.Size }, "images"),
            FeatureInput features => ([features.Frames, features.Features], "features"),
            _ => (array.Shape.Count == 2 ? [Math.Clamp(array.Shape[1], 1, spec.Tokens)] : [spec.Tokens], "token ids"),
        };
        if (array.Shape.Count == expected.Length + 1 && array.Shape.Skip(1).SequenceEqual(expected)) return;
        string wanted = spec.Input is TokenInput ? $"t], t from 1 to {spec.Tokens}" : $"{string.Join(", ", expected)}]";
        throw new InputException($"{path}: the shape is [{string.Join(", ", array.Shape)}], but {spec.Name} reads {what} [n, {wanted}. {(spec.Input is ImageInput ? "Normalize and reshape the images" : "Reshape the array")}.");
    }
}

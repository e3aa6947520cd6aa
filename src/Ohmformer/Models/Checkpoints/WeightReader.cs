using Ohmformer.Files;
using Ohmformer.Models.Safetensors;

namespace Ohmformer.Models.Checkpoints;

/// <summary>
/// Takes weights out of a checkpoint in PyTorch's layout. Missing tensors and wrong shapes are collected, so that one message
/// names them all.
/// </summary>
internal sealed class WeightReader(string folder, TensorFolder tensors)
{
    private const int Shown = 10;

    private readonly List<string> _missing = [], _wrong = [];

    /// <summary>A tensor of a known shape.</summary>
    /// <returns>Its elements; nothing when it is missing or has another shape.</returns>
    public float[] Take(string name, params long[] shape)
    {
        var entry = tensors.Find(name);
        if (entry is null) _missing.Add(name);
        else if (!entry.Shape.SequenceEqual(shape)) _wrong.Add($"{name} [{string.Join(", ", entry.Shape)}], expected [{string.Join(", ", shape)}]");
        else return tensors.Read(name);
        return [];
    }

    /// <summary>A linear layer [outputs, inputs], returned as [inputs, outputs].</summary>
    public Linear Linear(string name, int inputs, int outputs, bool bias = true) =>
        new(Transpose(Take($"{name}.weight", outputs, inputs), outputs), bias ? Take($"{name}.bias", outputs) : null, inputs, outputs);

    /// <summary>The head of a language model: the token embeddings where it is tied to them, else a layer without bias.</summary>
    /// <param name="spec">The network.</param>
    /// <param name="name">Name of the layer.</param>
    /// <param name="table">Token embeddings [vocabulary, hidden].</param>
    public Linear Head(TransformerSpec spec, string name, float[] table) => spec.TiedHead
        ? new(Transpose(table, spec.Classes), null, spec.Hidden, spec.Classes)
        : Linear(name, spec.Hidden, spec.Classes, bias: false);

    /// <summary>Equally wide parts of a fused linear layer [inputs, parts * outputs], as GPT-2's Conv1D has it.</summary>
    public Linear[] Columns(string name, int inputs, int outputs, int parts, bool bias = true) =>
        Split(Transpose(Take($"{name}.weight", inputs, parts * outputs), inputs), bias ? Take($"{name}.bias", parts * outputs) : null, inputs, outputs, parts);

    /// <summary>Equally wide parts of a fused linear layer [parts * outputs, inputs].</summary>
    public Linear[] Rows(string name, int inputs, int outputs, int parts, bool bias = true) =>
        Split(Take($"{name}.weight", parts * outputs, inputs), bias ? Take($"{name}.bias", parts * outputs) : null, inputs, outputs, parts);

    /// <summary>A convolution [outputs, channels, kernel, kernel], returned as a linear layer of unfolded windows.</summary>
    public Linear Convolution(string name, Convolution shape, bool bias = true) => new(
        Transpose(Take($"{name}.weight", shape.Outputs, shape.Channels, shape.Kernel, shape.Kernel), shape.Outputs),
        bias ? Take($"{name}.bias", shape.Outputs) : null, shape.Inputs, shape.Outputs);

    /// <summary>A layer normalization.</summary>
    public Norm Norm(string name, int size) => new(Take($"{name}.weight", size), Take($"{name}.bias", size));

    /// <summary>The transformation block of an encoder, under names of this project: NAME.attention_reuse.norm and .linear.</summary>
    /// <param name="spec">The network.</param>
    /// <param name="layer">The encoder, from 0.</param>
    /// <param name="name">Its name in the file.</param>
    /// <returns>Null for an encoder that has none.</returns>
    public TransformationWeights? Transformation(TransformerSpec spec, int layer, string name)
    {
        if (!spec.Reuses(layer) || spec.Reuse!.StandIn != AttentionStandIn.Transformation) return null;
        int width = spec.QueryWidth;
        string norm = $"{ReuseConfig.NormOf(name)}.weight";
        return new(
            spec.Norm == NormKind.Layer ? Norm(ReuseConfig.NormOf(name), width) : new(Take(norm, width), null),
            Linear(ReuseConfig.LinearOf(name), width, width));
    }

    /// <summary>Says what could not be taken.</summary>
    /// <exception cref="InputException">Tensors were missing or had wrong shapes.</exception>
    public void ThrowIfIncomplete()
    {
        if (_missing.Count > 0) throw new InputException($"{folder}: {_missing.Count} tensors are missing: {FirstOf(_missing)}");
        if (_wrong.Count > 0) throw new InputException($"{folder}: {_wrong.Count} tensors have wrong shapes: {FirstOf(_wrong)}");
    }

    /// <summary>[rows, columns] to [columns, rows]; nothing stays nothing.</summary>
    public static float[] Transpose(float[] x, int rows)
    {
        int columns = x.Length / rows;
        var y = new float[x.Length];
        for (int r = 0; r < rows; r++)
            for (int c = 0; c < columns; c++) y[c * rows + r] = x[r * columns + c];
        return y;
    }

    private static Linear[] Split(float[] weight, float[]? bias, int inputs, int outputs, int parts) =>
        [.. Enumerable.Range(0, parts).Select(part => new Linear(Transpose(Part(weight, part, parts), outputs), bias is null ? null : Part(bias, part, parts), inputs, outputs))];

    private static float[] Part(float[] fused, int part, int parts) => fused[(fused.Length / parts * part)..(fused.Length / parts * (part + 1))];

    private static string FirstOf(List<string> items) => string.Join("; ", items.Take(Shown)) + (items.Count > Shown ? "; ..." : "");
}

using Ohmformer.Models.Safetensors;

namespace Ohmformer.Models.Checkpoints;

/// <summary>Collects weights for a checkpoint in PyTorch's layout: what <see cref="WeightReader"/> takes, in the same words.</summary>
internal sealed class WeightWriter
{
    private readonly List<NamedTensor> _tensors = [];

    /// <summary>The tensors so far.</summary>
    public IReadOnlyList<NamedTensor> Tensors => _tensors;

    /// <summary>A tensor of some shape.</summary>
    public void Add(string name, float[] values, params long[] shape) => _tensors.Add(new(name, shape, values));

    /// <summary>A linear layer, written as [outputs, inputs]; nothing where there is none.</summary>
    public void Linear(string name, Linear? layer)
    {
        if (layer is null) return;
        Add($"{name}.weight", WeightReader.Transpose(layer.Weight, layer.Inputs), layer.Outputs, layer.Inputs);
        Bias(name, layer);
    }

    /// <summary>Equally wide linear layers as a fused one [inputs, parts * outputs], as GPT-2's Conv1D has it.</summary>
    public void Columns(string name, params Linear[] parts)
    {
        int inputs = parts[0].Inputs, outputs = parts[0].Outputs;
        float[] fused = [.. parts.SelectMany(part => WeightReader.Transpose(part.Weight, inputs))];
        Add($"{name}.weight", WeightReader.Transpose(fused, parts.Length * outputs), inputs, parts.Length * outputs);
        if (parts[0].Bias is not null) Add($"{name}.bias", [.. parts.SelectMany(part => part.Bias!)], parts.Length * outputs);
    }

    /// <summary>Equally wide linear layers as a fused one [parts * outputs, inputs]; nothing where there is none.</summary>
    public void Rows(string name, params Linear?[] parts)
    {
        if (parts is not [{ } first, ..]) return;
        int rows = parts.Length * first.Outputs;
        Add($"{name}.weight", [.. parts.SelectMany(part => WeightReader.Transpose(part!.Weight, first.Inputs))], rows, first.Inputs);
        if (first.Bias is not null) Add($"{name}.bias", [.. parts.SelectMany(part => part!.Bias!)], rows);
    }

    /// <summary>A convolution [outputs, channels, kernel, kernel] from a linear layer of unfolded windows.</summary>
    public void Convolution(string name, Linear layer, Convolution shape)
    {
        Add($"{name}.weight", WeightReader.Transpose(layer.Weight, layer.Inputs), shape.Outputs, shape.Channels, shape.Kernel, shape.Kernel);
        Bias(name, layer);
    }

    /// <summary>A normalization; nothing where there is none.</summary>
    public void Norm(string name, Norm? norm)
    {
        if (norm is null) return;
        Add($"{name}.weight", norm.Gain, norm.Gain.Length);
        if (norm.Bias is not null) Add($"{name}.bias", norm.Bias, norm.Bias.Length);
    }

    /// <summary>The transformation block of an encoder, under the names of <see cref="ReuseConfig"/>; nothing where there is none.</summary>
    public void Transformation(string encoder, TransformationWeights? block)
    {
        Norm(ReuseConfig.NormOf(encoder), block?.Norm);
        Linear(ReuseConfig.LinearOf(encoder), block?.Linear);
    }

    private void Bias(string name, Linear layer)
    {
        if (layer.Bias is not null) Add($"{name}.bias", layer.Bias, layer.Outputs);
    }
}

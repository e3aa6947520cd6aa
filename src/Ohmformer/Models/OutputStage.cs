using System.Numerics.Tensors;
using Ohmformer.Mapping;

namespace Ohmformer.Models;

/// <summary>Turns the tokens behind the last encoder into logits: normalization, pooling, heads.</summary>
internal sealed class OutputStage(TransformerSpec spec, TransformerWeights weights, TransformerSites sites, IMatrixProduct products)
{
    private readonly LinearRun? _pooler = LinearRun.Of(sites.Pooler, weights.Pooler, products);
    private readonly LinearRun _head = new(sites.Head, weights.Head, products);
    private readonly LinearRun? _secondHead = LinearRun.Of(sites.SecondHead, weights.SecondHead, products);

    /// <summary>The logits of one input.</summary>
    /// <param name="image">Index of the input; keys the noise.</param>
    /// <param name="tokens">Tokens of the input.</param>
    /// <param name="workspace">Holds the tokens.</param>
    /// <param name="logits">Shape [classes]; [tokens, classes] for <see cref="Pooling.EveryToken"/>.</param>
    public void Forward(int image, int tokens, TransformerWorkspace workspace, Span<float> logits)
    {
        int d = spec.Hidden, rows = spec.PooledTokens(tokens);
        float[] x = spec.Pooling == Pooling.Mean ? Mean(tokens, workspace) : workspace.Stream;
        if (weights.FinalNorm is { } norm)
        {
            TokenSteps.Normalize(spec, norm, x, rows, workspace, workspace.Normalized);
            x = workspace.Normalized;
        }
        if (_pooler is not null)
        {
            _pooler.Forward(image, x, 1, workspace, workspace.Pooled);
            x = workspace.Pooled;
            TokenSteps.Activate(spec.Pooler!.Value, 1, d, workspace, x);
        }
        _head.Forward(image, x, spec.Pooling == Pooling.EveryToken ? rows : 1, workspace, logits);
        if (_secondHead is null) return;

        int others = rows - 1;
        var second = workspace.SecondLogits.AsSpan(0, others * spec.Classes);
        _secondHead.Forward(image, x.AsSpan(d), others, workspace, second);
        Merge(second, others, logits[..spec.Classes]);
        workspace.Count(DigitalKind.Residual, second.Length);
    }

    /// <summary>Adds the second classifier's logits as <see cref="Pooling.Distilled"/> and <see cref="Pooling.DenseMax"/> say.</summary>
    private void Merge(ReadOnlySpan<float> second, int rows, Span<float> logits)
    {
        for (int n = 0; n < logits.Length; n++)
        {
            float largest = second[n];
            for (int row = 1; row < rows; row++) largest = MathF.Max(largest, second[row * logits.Length + n]);
            logits[n] = spec.Pooling == Pooling.Distilled ? (logits[n] + largest) / 2 : logits[n] + largest / 2;
        }
    }

    private float[] Mean(int tokens, TransformerWorkspace workspace)
    {
        int d = spec.Hidden, first = spec.Input.ClassTokens;
        float[] mean = workspace.Pooled;
        Array.Clear(mean);
        for (int t = first; t < tokens; t++) TensorPrimitives.Add<float>(mean, workspace.Stream.AsSpan(t * d, d), mean);
        TensorPrimitives.Divide(mean, tokens - first, mean);
        workspace.Count(DigitalKind.Residual, (long)(tokens - first) * d);
        return mean;
    }
}

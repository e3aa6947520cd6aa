using System.Numerics.Tensors;
using Ohmformer.Models;
using Ohmformer.Numerics;

namespace Ohmformer.Training;

/// <summary>What attention and positions start from before a training.</summary>
public enum Initialization
{
    /// <summary>Independent normal numbers, whose variance keeps the size of signals (Glorot and Bengio, AISTATS 2010).</summary>
    Glorot,

    /// <summary>
    /// What attention looks like in large pretrained vision transformers: W_V W_proj about -I, W_Q W_K^T about I, sinusoidal positions
    /// (Trockman and Kolter: Mimetic initialization of self-attention layers, arXiv:2305.09828). It helps on small sets of images.
    /// </summary>
    Mimetic,
}

/// <summary>
/// Mimetic initialization: W_V W_proj = 0.7 Z - 0.7 I and, for every head, W_Q W_K^T = 0.4 Z + 0.4 I, Z normal with variance 1 / d, cut to the
/// rank of a head. With the singular value decomposition U S V^T of the product, its factors are U sqrt(S) and V sqrt(S).
/// </summary>
internal sealed class MimeticInitialization
{
    // The values of the paper for all its vision transformers: of noise and of the identity.
    private const float ValueProjection = 0.7f, QueryKey = 0.4f;

    private const double LongestWave = 10000;

    private readonly TransformerParameters _parameters;
    private readonly TransformerSpec _spec;
    private readonly ulong _seed;

    /// <summary>Checks that a network suits.</summary>
    /// <exception cref="NotSupportedException">Heads share keys and values, are together wider than a token, or positions are not learned.</exception>
    public MimeticInitialization(TransformerParameters parameters, ulong seed)
    {
        (_parameters, _spec, _seed) = (parameters, parameters.Spec, seed);
        if (_spec.HeadGroup != 1 || _spec.QueryWidth > _spec.Hidden || _spec.IsRotary)
            throw new NotSupportedException($"{_spec.Name}: mimetic initialization needs learned positions and keys of its own for every head, not wider than the tokens in sum.");
    }

    /// <summary>Overwrites the weights of attention and the position embeddings.</summary>
    /// <param name="values">All parameters.</param>
    public void Apply(float[] values)
    {
        Parallel.For(0, _spec.Layers, layer => ApplyToAttention(layer, values));
        ApplyToPositions(values);
    }

    private void ApplyToAttention(int layer, float[] values)
    {
        if (_spec.Reuses(layer) || layer % _parameters.SharedEncoders != 0) return;
        int d = _spec.Hidden, width = _spec.QueryWidth, size = _spec.HeadSize;
        Span<float> Weight(string name) => values.AsSpan(_parameters[$"encoder.{layer}.{name}.weight"].Offset, d * width);
        for (int head = 0; head < _spec.Heads; head++)
        {
            var (left, right) = Factors(layer, head, QueryKey, QueryKey, size);
            for (int k = 0; k < d; k++)
                for (int n = 0; n < size; n++)
                {
                    Weight("query")[k * width + head * size + n] = left[n][k];
                    Weight("key")[k * width + head * size + n] = right[n][k];
                }
        }
        var (first, second) = Factors(layer, _spec.Heads, ValueProjection, -ValueProjection, width);
        for (int n = 0; n < width; n++)
        {
            for (int k = 0; k < d; k++) Weight("value")[k * width + n] = first[n][k];
            second[n].CopyTo(Weight("projection")[(n * d)..]);
        }
    }

    /// <summary>Columns of two matrices [d, rank] whose product, the second transposed, is about noise Z + diagonal I.</summary>
    private (float[][] Left, float[][] Right) Factors(int layer, int stream, float noise, float diagonal, int rank)
    {
        int d = _spec.Hidden;
        var random = new RandomStream(new NoiseKey(_seed, NoisePurpose.Initialization, stream, layer + 1));
        var columns = new float[d][];
        for (int n = 0; n < d; n++)
        {
            columns[n] = new float[d];
            for (int k = 0; k < d; k++) columns[n][k] = (float)(noise / Math.Sqrt(d) * random.NextNormal()) + (k == n ? diagonal : 0);
        }
        float[][] right = SingularValues.Decompose(columns);
        float[] sizes = [.. columns.Select(column => MathF.Sqrt(LaneSum.OfSquares(column)))];
        int[] order = [.. Enumerable.Range(0, d).OrderByDescending(n => sizes[n]).Take(rank)];
        foreach (int n in order)
        {
            if (sizes[n] > 0) TensorPrimitives.Divide(columns[n], MathF.Sqrt(sizes[n]), columns[n]);
            TensorPrimitives.Multiply(right[n], MathF.Sqrt(sizes[n]), right[n]);
        }
        return ([.. order.Select(n => columns[n])], [.. order.Select(n => right[n])]);
    }

    /// <summary>Sines and cosines of the position, of row and column for images (Vaswani et al., arXiv:1706.03762, section 3.5); 0 for class tokens.</summary>
    private void ApplyToPositions(float[] values)
    {
        int d = _spec.Hidden, special = _spec.Input.ClassTokens;
        int side = _spec.Input is ImageInput image ? image.Size / image.PatchSize : 1, axes = side > 1 ? 2 : 1;
        double waves = Math.Ceiling(d / (2.0 * axes));
        var table = values.AsSpan(_parameters["positions"].Offset, _spec.Tokens * d);
        table[..(special * d)].Clear();
        for (int t = 0; t < _spec.Tokens - special; t++)
            for (int k = 0; k < d; k++)
            {
                int place = axes == 1 ? t : k % 2 == 0 ? t / side : t % side, wave = k / axes;
                double angle = place * Math.Pow(LongestWave, -(wave / 2) / waves);
                table[(special + t) * d + k] = (float)(wave % 2 == 0 ? Math.Sin(angle) : Math.Cos(angle));
            }
    }
}

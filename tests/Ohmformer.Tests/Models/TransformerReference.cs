using MathNet.Numerics;
using MathNet.Numerics.LinearAlgebra;
using Ohmformer.Models;

namespace Ohmformer.Tests.Models;

/// <summary>The equations of a transformer on matrices of doubles, independent of the library's kernels.</summary>
internal sealed class TransformerReference(TransformerSpec spec, TransformerWeights weights)
{
    /// <summary>What the class tokens attend to in the last encoder that has attention, for the tokens that are left.</summary>
    private double[] _attended = [];

    /// <summary>Logits of an image or of features.</summary>
    public double[] Logits(float[] values)
    {
        var rows = spec.Input switch
        {
            ImageInput image => Patches(image, values),
            FeatureInput input => Matrix<double>.Build.Dense(input.Frames, input.Features, (t, k) => values[t * input.Features + k]),
            _ => throw new NotSupportedException(),
        };
        return Transform(Table(weights.ClassTokens).Stack(Apply(weights.Embedding!, rows)));
    }

    /// <summary>Logits of a text.</summary>
    public double[] Logits(int[] ids, int[] segments)
    {
        Matrix<double> tokens = Table(weights.TokenTable!), x = Matrix<double>.Build.DenseOfRowVectors(ids.Select(tokens.Row));
        if (weights.SegmentTable is { } table) x += Matrix<double>.Build.DenseOfRowVectors(segments.Select(Table(table).Row));
        return Transform(x);
    }

    private double[] Transform(Matrix<double> x)
    {
        if (weights.Positions is { } positions) x += Table(positions).SubMatrix(0, x.RowCount, 0, spec.Hidden);
        if (weights.EmbeddingNorm is { } norm) x = Normalize(norm, x);
        var heads = new List<Matrix<double>>();
        _attended = [];
        for (int l = 0; l < spec.Layers; l++)
        {
            var encoder = weights.Encoders[l];
            if (spec.NormPosition == NormPosition.Pre)
            {
                heads.Add(spec.Reuse?.Encoders.Contains(l) == true ? Reuse(l, heads) : Heads(encoder, Normalize(encoder.AttentionNorm!, x)));
                if (encoder.Projection is { } projection) x += Apply(projection, heads[l]);
                x += FeedForward(encoder, Normalize(encoder.MlpNorm, x));
            }
            else
            {
                heads.Add(spec.Reuse?.Encoders.Contains(l) == true ? Reuse(l, heads) : Heads(encoder, x));
                if (encoder.Projection is { } projection) x += Apply(projection, heads[l]);
                x = Normalize(encoder.AttentionNorm!, x);
                x = Normalize(encoder.MlpNorm, x + FeedForward(encoder, x));
            }
            x = Drop(l, x, heads);
        }
        return Head(x);
    }

    /// <summary>Keeps, behind a quarter, a half and three quarters of the encoders, the share of the tokens that class tokens attend to most, in everything that is used later.</summary>
    private Matrix<double> Drop(int encoder, Matrix<double> x, List<Matrix<double>> heads)
    {
        if (spec.Pruning is not { } pruning || !Enumerable.Range(1, 3).Any(part => spec.Layers * part / 4 == encoder + 1)) return x;
        int special = spec.Input.ClassTokens, left = (int)Math.Ceiling(pruning.KeepRatio * (x.RowCount - special) - 1e-9);
        int[] kept = [.. Enumerable.Range(0, special), .. Enumerable.Range(special, x.RowCount - special).OrderByDescending(t => _attended[t]).Take(left).Order()];
        _attended = [.. kept.Select(t => _attended[t])];
        int tokens = x.RowCount;
        for (int l = 0; l < heads.Count; l++)
            if (heads[l].RowCount == tokens) heads[l] = Rows(heads[l]);
        return Rows(x);

        Matrix<double> Rows(Matrix<double> all) => Matrix<double>.Build.DenseOfRowVectors(kept.Select(all.Row));
    }

    private double[] Head(Matrix<double> x)
    {
        int special = spec.Input.ClassTokens;
        if (spec.Pooling == Pooling.Mean) x = (x.SubMatrix(special, x.RowCount - special, 0, spec.Hidden).ColumnSums() / (x.RowCount - special)).ToRowMatrix();
        if (weights.FinalNorm is { } norm) x = Normalize(norm, x);
        if (weights.Pooler is { } pooler) x = Apply(pooler, x).Map(v => Activate(spec.Pooler!.Value, v));
        var first = Apply(weights.Head, x);
        var second = weights.SecondHead is { } head ? Apply(head, x) : first;
        return spec.Pooling switch
        {
            Pooling.EveryToken => first.ToRowMajorArray(),
            Pooling.Distilled => [.. (first.Row(0) + second.Row(1)) / 2],
            Pooling.DenseMax => [.. first.Row(0).Select((v, n) => v + 0.5 * second.Column(n).Skip(special).Max())],
            _ => [.. first.Row(0)],
        };
    }

    /// <summary>Patches, behind the stem where there is one; channel, row, column.</summary>
    private Matrix<double> Patches(ImageInput image, float[] pixels)
    {
        double[,,] map = new double[image.Channels, image.Size, image.Size];
        for (int i = 0; i < pixels.Length; i++) map[i / (image.Size * image.Size), i / image.Size % image.Size, i % image.Size] = pixels[i];
        int[] strides = [2, 1, 1];
        foreach (var (layer, stride) in weights.Stem.Zip(strides)) map = Convolve(layer, map, stride);
        int channels = map.GetLength(0), size = map.GetLength(1), perRow = image.Size / image.PatchSize, side = size / perRow;
        return Matrix<double>.Build.Dense(perRow * perRow, channels * side * side, (patch, input) =>
            map[input / (side * side), patch / perRow * side + input / side % side, patch % perRow * side + input % side]);
    }

    /// <summary>A convolution with zeros around the image, by its definition, and ReLU.</summary>
    private static double[,,] Convolve(Linear layer, double[,,] x, int stride)
    {
        int channels = x.GetLength(0), size = x.GetLength(1), kernel = (int)Math.Sqrt(layer.Inputs / channels), padding = kernel / 2;
        var y = new double[layer.Outputs, (size + stride - 1) / stride, (size + stride - 1) / stride];
        for (int n = 0; n < layer.Outputs; n++)
            for (int row = 0; row < y.GetLength(1); row++)
                for (int column = 0; column < y.GetLength(2); column++)
                {
                    double sum = layer.Bias![n];
                    for (int k = 0; k < layer.Inputs; k++)
                    {
                        int r = row * stride - padding + k / kernel % kernel, c = column * stride - padding + k % kernel;
                        if (r >= 0 && r < size && c >= 0 && c < size) sum += x[k / (kernel * kernel), r, c] * layer.Weight[k * layer.Outputs + n];
                    }
                    y[n, row, column] = Math.Max(sum, 0);
                }
        return y;
    }

    /// <summary>C_i = GELU(W_i LN_i(C_s(i)) + b_i) of TReX, or C_s(i) itself where the network has no transformation.</summary>
    private Matrix<double> Reuse(int encoder, List<Matrix<double>> heads)
    {
        int source = spec.Reuse!.Chained ? encoder - 1 : Enumerable.Range(0, encoder).Last(l => !spec.Reuse.Encoders.Contains(l));
        return weights.Encoders[encoder].Transformation is { } block
            ? Apply(block.Linear, Normalize(block.Norm, heads[source])).Map(v => Activate(Activation.Gelu, v))
            : heads[source];
    }

    private Matrix<double> Heads(EncoderWeights encoder, Matrix<double> x)
    {
        Matrix<double> q = Apply(encoder.Query!, x), k = Apply(encoder.Key!, x), v = Apply(encoder.Value!, x);
        var context = Matrix<double>.Build.Dense(x.RowCount, spec.Heads * spec.HeadSize);
        double[] attended = new double[x.RowCount];
        for (int head = 0; head < spec.Heads; head++)
        {
            int shared = head * spec.KeyValueHeads / spec.Heads;
            Matrix<double> Part(Matrix<double> m, int h) => m.SubMatrix(0, x.RowCount, h * spec.HeadSize, spec.HeadSize);
            var scores = Rotate(Part(q, head)) * Rotate(Part(k, shared)).Transpose() / Math.Sqrt(spec.HeadSize);
            var probabilities = scores.MapIndexed((t, s, value) => spec.Causal && s > t ? 0 : Math.Exp(value), Zeros.Include).NormalizeRows(1);
            context.SetSubMatrix(0, head * spec.HeadSize, probabilities * Part(v, shared));
            for (int t = 0; t < x.RowCount; t++)
                for (int special = 0; special < spec.Input.ClassTokens; special++) attended[t] += probabilities[special, t];
        }
        _attended = attended;
        return context;
    }

    /// <summary>Multiplies the complex numbers that pairs of elements are by exp(i t base^(-2j/size)).</summary>
    private Matrix<double> Rotate(Matrix<double> x)
    {
        if (!spec.IsRotary) return x;
        var y = x.Clone();
        for (int t = 0; t < x.RowCount; t++)
            for (int j = 0; j < spec.HeadSize / 2; j++)
            {
                var (a, b) = spec.Positions == Positions.RotaryHalves ? (j, j + spec.HeadSize / 2) : (2 * j, 2 * j + 1);
                var turned = new System.Numerics.Complex(x[t, a], x[t, b]) * System.Numerics.Complex.FromPolarCoordinates(1, t * Math.Pow(spec.RotaryBase, -2.0 * j / spec.HeadSize));
                (y[t, a], y[t, b]) = (turned.Real, turned.Imaginary);
            }
        return y;
    }

    private Matrix<double> FeedForward(EncoderWeights encoder, Matrix<double> x)
    {
        var inner = encoder.MlpGate is { } gate
            ? Apply(gate, x).Map(v => Activate(spec.Activation, v)).PointwiseMultiply(Apply(encoder.MlpIn, x))
            : Apply(encoder.MlpIn, x).Map(v => Activate(spec.Activation, v));
        return Apply(encoder.MlpOut, inner);
    }

    private static double Activate(Activation activation, double x) => activation switch
    {
        Activation.Gelu => 0.5 * x * SpecialFunctions.Erfc(-x / Math.Sqrt(2)),
        Activation.GeluTanh => 0.5 * x * (1 + Math.Tanh(Math.Sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x))),
        Activation.Relu => Math.Max(x, 0),
        Activation.Silu => x * SpecialFunctions.Logistic(x),
        Activation.Tanh => Math.Tanh(x),
        _ => throw new NotSupportedException(),
    };

    private Matrix<double> Normalize(Norm norm, Matrix<double> x)
    {
        var y = x.Clone();
        for (int t = 0; t < x.RowCount; t++)
        {
            double mean = spec.Norm == NormKind.Layer ? x.Row(t).Average() : 0, square = x.Row(t).Select(v => (v - mean) * (v - mean)).Average();
            for (int k = 0; k < x.ColumnCount; k++)
                y[t, k] = (x[t, k] - mean) / Math.Sqrt(square + spec.NormEpsilon) * norm.Gain[k] + (norm.Bias?[k] ?? 0);
        }
        return y;
    }

    private static Matrix<double> Apply(Linear layer, Matrix<double> x)
    {
        var weight = Matrix<double>.Build.Dense(layer.Inputs, layer.Outputs, (k, n) => layer.Weight[k * layer.Outputs + n]);
        return x * weight + Matrix<double>.Build.Dense(x.RowCount, layer.Outputs, (_, n) => layer.Bias?[n] ?? 0);
    }

    private Matrix<double> Table(float[] x) => Matrix<double>.Build.Dense(x.Length / spec.Hidden, spec.Hidden, (t, k) => x[t * spec.Hidden + k]);
}

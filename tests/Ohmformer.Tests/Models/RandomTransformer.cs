using Ohmformer.Mapping;
using Ohmformer.Models;
using Ohmformer.Numerics;

namespace Ohmformer.Tests.Models;

/// <summary>Small networks with random weights.</summary>
internal static class RandomTransformer
{
    /// <summary>A vision transformer.</summary>
    public static readonly TransformerSpec Tiny = new()
    {
        Name = "tiny",
        Input = new ImageInput { Size = 6, PatchSize = 3, Channels = 2, ClassTokens = 1 },
        Layers = 2,
        Hidden = 6,
        Heads = 3,
        Intermediate = 7,
        Classes = 5,
        NormEpsilon = 1e-6,
    };

    /// <summary>One network of every family, and of every option at least one.</summary>
    public static readonly IReadOnlyDictionary<string, TransformerSpec> Families = new Dictionary<string, TransformerSpec>
    {
        ["vit"] = Tiny,
        ["deit"] = Tiny with { Input = (ImageInput)Tiny.Input with { ClassTokens = 2 }, Pooling = Pooling.Distilled, QkvBias = false },
        ["lvvit"] = Tiny with
        {
            Input = new ImageInput { Size = 8, PatchSize = 4, Channels = 2, ClassTokens = 1, StemChannels = 3 },
            Pooling = Pooling.DenseMax,
            NormEpsilon = 1e-5,
        },
        ["mean"] = Tiny with { Pooling = Pooling.Mean },
        ["kwt"] = Tiny with
        {
            Input = new FeatureInput { Frames = 4, Features = 3, ClassTokens = 1 },
            NormPosition = NormPosition.Post,
            Activation = Activation.GeluTanh,
            QkvBias = false,
        },
        ["bert"] = Tiny with
        {
            Input = new TokenInput { Vocabulary = 11, Length = 7, Segments = 2, Normalized = true },
            NormPosition = NormPosition.Post,
            Pooler = Activation.Tanh,
        },
        ["roberta"] = Tiny with
        {
            Input = new TokenInput { Vocabulary = 11, Length = 7, Segments = 1, Normalized = true, FirstPosition = 2 },
            NormPosition = NormPosition.Post,
            Pooler = Activation.Tanh,
        },
        ["distilbert"] = Tiny with
        {
            Input = new TokenInput { Vocabulary = 11, Length = 7, Normalized = true },
            NormPosition = NormPosition.Post,
            Pooler = Activation.Relu,
            Activation = Activation.Relu,
        },
        ["span"] = Tiny with
        {
            Input = new TokenInput { Vocabulary = 11, Length = 7, Segments = 2, Normalized = true },
            NormPosition = NormPosition.Post,
            Pooling = Pooling.EveryToken,
            Classes = 2,
        },
        ["gpt2"] = Tiny with
        {
            Input = new TokenInput { Vocabulary = 11, Length = 7 },
            Activation = Activation.GeluTanh,
            Causal = true,
            Pooling = Pooling.EveryToken,
            Classes = 11,
            HeadBias = false,
            TiedHead = true,
        },
        ["llama"] = Llama(Positions.RotaryHalves),
        ["vit, reuse"] = Tiny with { Layers = 5, Reuse = new([1, 3, 4]) },
        ["vit, chained reuse"] = Tiny with { Layers = 5, Reuse = new([1, 3, 4], chained: true) },
        ["vit, repeated attention"] = Tiny with { Layers = 4, Reuse = new([1, 2], AttentionStandIn.Identity) },
        ["vit, no attention"] = Tiny with { Layers = 3, Reuse = new([1], AttentionStandIn.Nothing) },
        ["bert, reuse"] = Tiny with
        {
            Input = new TokenInput { Vocabulary = 11, Length = 7, Segments = 2, Normalized = true },
            NormPosition = NormPosition.Post,
            Pooler = Activation.Tanh,
            Layers = 4,
            Reuse = new([1, 2]),
        },
        ["kwt, no attention"] = Tiny with
        {
            Input = new FeatureInput { Frames = 4, Features = 3, ClassTokens = 1 },
            NormPosition = NormPosition.Post,
            Reuse = new([1], AttentionStandIn.Nothing),
        },
        ["vit, dropped tokens"] = Tiny with { Layers = 4, Pruning = new() { KeepRatio = 0.6 } },
        ["deit, dropped tokens"] = Tiny with
        {
            Input = (ImageInput)Tiny.Input with { Size = 12, ClassTokens = 2 },
            Layers = 5,
            Pooling = Pooling.Distilled,
            Pruning = new() { KeepRatio = 0.7 },
        },
        ["vit, reuse, dropped tokens"] = Sparse(new([1, 2, 3, 5, 6])),
        ["vit, chained reuse, dropped tokens"] = Sparse(new([1, 2, 3, 5, 6], chained: true)),
        ["vit, repeated attention, dropped tokens"] = Sparse(new([1, 3, 4], AttentionStandIn.Identity)),
        ["vit, no attention, dropped tokens"] = Sparse(new([1, 2, 3], AttentionStandIn.Nothing)),
        ["kwt, reuse, dropped tokens"] = Tiny with
        {
            Input = new FeatureInput { Frames = 9, Features = 3, ClassTokens = 1 },
            NormPosition = NormPosition.Post,
            Layers = 4,
            Reuse = new([1, 2]),
            Pruning = new() { KeepRatio = 0.5 },
        },
        ["llama, reuse"] = Llama(Positions.RotaryHalves) with { Layers = 3, Reuse = new([1]) },
        ["llama, pairs"] = Llama(Positions.RotaryPairs) with { KeyValueHeads = 0, HeadSize = 2 },
    };

    /// <summary>The vision transformer for images of some size.</summary>
    public static TransformerSpec Reading(int channels, int size = 6) => Tiny with { Input = (ImageInput)Tiny.Input with { Channels = channels, Size = size } };

    /// <summary>Eight encoders on 16 patches; tokens drop out behind encoders 1, 3 and 5.</summary>
    private static TransformerSpec Sparse(AttentionReuse reuse) =>
        Tiny with { Input = (ImageInput)Tiny.Input with { Size = 12 }, Layers = 8, Reuse = reuse, Pruning = new() { KeepRatio = 0.6 } };

    private static TransformerSpec Llama(Positions positions) => Tiny with
    {
        Input = new TokenInput { Vocabulary = 11, Length = 7 },
        Heads = 4,
        KeyValueHeads = 2,
        HeadSize = 6,
        Norm = NormKind.Rms,
        Activation = Activation.Silu,
        GatedMlp = true,
        Positions = positions,
        RotaryBase = 10,
        Causal = true,
        Pooling = Pooling.EveryToken,
        Classes = 11,
        QkvBias = false,
        ProjectionBias = false,
        MlpBias = false,
        HeadBias = false,
    };

    public static TransformerWeights Weights(TransformerSpec spec, ulong seed = 1)
    {
        var next = new Numbers(seed);
        int d = spec.Hidden;
        Linear Layer(int inputs, int outputs, bool bias = true) => new(next.Take(inputs * outputs), bias ? next.Take(outputs) : null, inputs, outputs);
        Norm Norm(int width = 0) => new(next.Take(width > 0 ? width : d), spec.Norm == NormKind.Layer ? next.Take(width > 0 ? width : d) : null);
        var (image, text) = (spec.Input as ImageInput, spec.Input as TokenInput);
        return new TransformerWeights
        {
            Stem = [.. image?.Stem.Select(c => Layer(c.Inputs, c.Outputs)) ?? []],
            Embedding = image is not null ? Layer(image.Patching(d).Inputs, d) : spec.Input is FeatureInput features ? Layer(features.Features, d) : null,
            TokenTable = text is null ? null : next.Take(text.Vocabulary * d),
            SegmentTable = text is { Segments: > 0 } ? next.Take(text.Segments * d) : null,
            ClassTokens = next.Take(spec.Input.ClassTokens * d),
            Positions = spec.IsRotary ? null : next.Take(spec.Tokens * d),
            EmbeddingNorm = text is { Normalized: true } ? Norm() : null,
            Encoders = [.. Enumerable.Range(0, spec.Layers).Select(l => new EncoderWeights
            {
                AttentionNorm = spec.HasAttentionNorm(l) ? Norm() : null,
                Query = spec.Reuses(l) ? null : Layer(d, spec.QueryWidth, spec.QkvBias),
                Key = spec.Reuses(l) ? null : Layer(d, spec.KeyValueWidth, spec.QkvBias),
                Value = spec.Reuses(l) ? null : Layer(d, spec.KeyValueWidth, spec.QkvBias),
                Transformation = spec.Reuses(l) && spec.Reuse!.StandIn == AttentionStandIn.Transformation
                    ? new(Norm(spec.QueryWidth), Layer(spec.QueryWidth, spec.QueryWidth))
                    : null,
                Projection = spec.HasProjection(l) ? Layer(spec.QueryWidth, d, spec.ProjectionBias) : null,
                MlpNorm = Norm(),
                MlpGate = spec.GatedMlp ? Layer(d, spec.Intermediate, spec.MlpBias) : null,
                MlpIn = Layer(d, spec.Intermediate, spec.MlpBias),
                MlpOut = Layer(spec.Intermediate, d, spec.MlpBias),
            })],
            FinalNorm = spec.NormPosition == NormPosition.Pre ? Norm() : null,
            Pooler = spec.Pooler is null ? null : Layer(d, d),
            Head = Layer(d, spec.Classes, spec.HeadBias),
            SecondHead = spec.HasSecondHead ? Layer(d, spec.Classes, spec.HeadBias) : null,
        };
    }

    /// <summary>An image or features that a network reads.</summary>
    public static float[] Values(TransformerSpec spec, ulong seed = 2) => new Numbers(seed).Take(spec.Input switch
    {
        ImageInput image => image.Values,
        FeatureInput features => features.Frames * features.Features,
        _ => 0,
    });

    /// <summary>A text that a network reads, one token shorter than the longest, and its segments.</summary>
    public static (int[] Ids, int[] Segments) Text(TransformerSpec spec)
    {
        var input = (TokenInput)spec.Input;
        int[] ids = [.. Enumerable.Range(0, input.Length - 1).Select(t => (5 * t + 3) % input.Vocabulary)];
        return (ids, input.Segments == 0 ? [] : [.. ids.Select((_, t) => t > 2 ? input.Segments - 1 : 0)]);
    }

    /// <summary>Tokens of the input that a forward pass reads here.</summary>
    public static int Tokens(TransformerSpec spec) => spec.Input is TokenInput ? Text(spec).Ids.Length : spec.Tokens;

    /// <summary>The logits of a network with random weights for a random input of its kind.</summary>
    public static float[] Forward(TransformerSpec spec, IMatrixProduct products, TransformerWorkspace workspace)
    {
        var logits = new float[spec.Logits(Tokens(spec))];
        Forward(new TransformerRun(spec, Weights(spec), products), 0, workspace, logits);
        return logits;
    }

    /// <summary>Runs a network on a random input of its kind.</summary>
    public static void Forward(TransformerRun run, int image, TransformerWorkspace workspace, float[] logits)
    {
        if (run.Spec.Input is not TokenInput) run.Forward(image, Values(run.Spec), workspace, logits);
        else
        {
            var (ids, segments) = Text(run.Spec);
            run.Forward(image, ids, segments, workspace, logits);
        }
    }

    /// <summary>Uniform numbers in [-1, 1).</summary>
    private sealed class Numbers(ulong seed)
    {
        private readonly NoiseKey _key = new(seed, NoisePurpose.Initialization, 0);
        private uint _at;

        public float[] Take(int count) => [.. Enumerable.Range(0, count).Select(_ => _key.Word(_at++) / 2147483648f - 1)];
    }
}

using Ohmformer.Mapping;

namespace Ohmformer.Tests.Cost;

/// <summary>Vision transformers as workloads.</summary>
internal static class TestWorkloads
{
    /// <summary>DeiT-S at 197 tokens with embedding, head and all digital work.</summary>
    public static Workload DeitSmall { get; } = Vit("deit-small", 12, 384, 6);

    /// <summary>DeiT-B at 197 tokens.</summary>
    public static Workload DeitBase { get; } = Vit("deit-base", 12, 768, 12);

    /// <summary>A complete vision transformer for 224 x 224 images in patches of 16 and 1000 classes.</summary>
    public static Workload Vit(string name, int layers, int hidden, int heads)
    {
        var encoders = Encoders(name, layers, hidden, heads, 197);
        int id = encoders.Products.Count;
        ProductShape embedding = new(new("embedding", LayerClass.Embedding, id), 196, 768, hidden);
        ProductShape head = new(new("head", LayerClass.Head, id + 1), 1, hidden, 1000);
        return encoders with { Products = [embedding, .. encoders.Products, head], InputBytes = 224 * 224 * 3, OutputBytes = 1000 };
    }

    /// <summary>Encoders alone, with Q, K and V as three products as the papers count them.</summary>
    public static Workload Encoders(string name, int layers, int hidden, int heads, int tokens)
    {
        var products = new List<ProductShape>();
        var digital = new List<DigitalShape>();
        int size = hidden / heads;
        for (int i = 0; i < layers; i++)
        {
            int at = i;
            void Static(string step, LayerClass c, int inputs, int outputs) =>
                products.Add(new(new($"encoder.{at}.{step}", c, products.Count), tokens, inputs, outputs));
            void Digital(string step, DigitalKind kind, long elements, int units = 1) =>
                digital.Add(new($"encoder.{at}.{step}", kind, elements, units));

            foreach (string step in (string[])["query", "key", "value"]) Static(step, LayerClass.QueryKeyValue, hidden, hidden);
            products.Add(new(new($"encoder.{i}.scores", LayerClass.Scores, products.Count), tokens, size, tokens, heads, Dynamic: true));
            products.Add(new(new($"encoder.{i}.context", LayerClass.Context, products.Count), tokens, tokens, size, heads, Dynamic: true, Probabilities: true));
            Static("projection", LayerClass.Projection, hidden, hidden);
            Static("mlp.in", LayerClass.Mlp, hidden, 4 * hidden);
            Static("mlp.out", LayerClass.Mlp, 4 * hidden, hidden);

            Digital("softmax", DigitalKind.Softmax, (long)heads * tokens * tokens, heads);
            Digital("norm", DigitalKind.LayerNorm, 2L * tokens * hidden);
            Digital("activation", DigitalKind.Activation, 4L * tokens * hidden);
            Digital("residual", DigitalKind.Residual, 2L * tokens * hidden);
            Digital("rescale", DigitalKind.Rescale, 9L * tokens * hidden);
        }

        return new() { Name = name, Products = products, Digital = digital, InputBytes = 0, OutputBytes = 0 };
    }
}

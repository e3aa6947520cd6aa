namespace Ohmformer.Mapping;

/// <summary>One matrix product of a workload: <c>Heads</c> products of [Tokens, Inputs] by [Inputs, Outputs].</summary>
/// <param name="Site">Name, class and noise key.</param>
/// <param name="Tokens">Vectors driven through the array per inference.</param>
/// <param name="Inputs">Inner size K.</param>
/// <param name="Outputs">Outer size N.</param>
/// <param name="Heads">How many such products run side by side; 1 for static weights.</param>
/// <param name="Dynamic">Whether the programmed operand is written for every inference.</param>
/// <param name="Probabilities">Whether the driven operand is an unsigned probability.</param>
public sealed record ProductShape(ProductSite Site, int Tokens, int Inputs, int Outputs, int Heads = 1, bool Dynamic = false, bool Probabilities = false)
{
    /// <summary>Multiply-accumulate operations per inference.</summary>
    public long Macs => (long)Tokens * Inputs * Outputs * Heads;
}

/// <summary>Digital work between matrix products.</summary>
public enum DigitalKind
{
    /// <summary>Softmax over attention scores; one element is one score.</summary>
    Softmax,

    /// <summary>Layer or root-mean-square normalization.</summary>
    LayerNorm,

    /// <summary>Activation function.</summary>
    Activation,

    /// <summary>Addition of two activations: residuals, positions, means.</summary>
    Residual,

    /// <summary>Bias addition and rescaling after a matrix product.</summary>
    Rescale,

    /// <summary>Rotation of queries and keys by their position.</summary>
    Rotation,

    /// <summary>Product of the two halves of a gated feed-forward layer.</summary>
    Gate,
}

/// <summary>One digital step of a workload.</summary>
/// <param name="Name">Name for people, for example "encoder.3.softmax".</param>
/// <param name="Kind">What is computed.</param>
/// <param name="Elements">Elements per inference.</param>
/// <param name="Units">Independent units that share the elements (heads of a softmax); 1 otherwise.</param>
public sealed record DigitalShape(string Name, DigitalKind Kind, long Elements, int Units = 1);

/// <summary>
/// Everything one inference computes, in order: what the cost model prices. Models describe themselves as workloads, so the
/// cost model needs neither weights nor data.
/// </summary>
public sealed record Workload
{
    /// <summary>Name of the network.</summary>
    public required string Name { get; init; }

    /// <summary>Matrix products in order of execution.</summary>
    public required IReadOnlyList<ProductShape> Products { get; init; }

    /// <summary>Digital steps in order of execution.</summary>
    public required IReadOnlyList<DigitalShape> Digital { get; init; }

    /// <summary>Bytes of one input, read from off-chip memory.</summary>
    public required long InputBytes { get; init; }

    /// <summary>Bytes of one output, written to off-chip memory.</summary>
    public required long OutputBytes { get; init; }

    /// <summary>Multiply-accumulate operations per inference.</summary>
    public long Macs => Products.Sum(p => p.Macs);
}

using Ohmformer.Arrays;

namespace Ohmformer.Mapping;

/// <summary>Array events of one product, counted while simulating.</summary>
/// <param name="Site">The product.</param>
/// <param name="Setup">Writes of static weights, once per run.</param>
/// <param name="Inference">Reads, conversions and writes of dynamic operands, summed over all inputs so far.</param>
public sealed record SiteActivity(ProductSite Site, ActivityCounts Setup, ActivityCounts Inference);

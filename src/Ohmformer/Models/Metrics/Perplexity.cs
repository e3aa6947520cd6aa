namespace Ohmformer.Models.Metrics;

/// <summary>How well a language model predicts a text: the exponential of the mean negative log-likelihood of its tokens.</summary>
public static class Perplexity
{
    /// <summary>Negative log-likelihood of a token: log(sum over n of exp(logits[n])) - logits[target], in nats.</summary>
    /// <param name="logits">Shape [vocabulary].</param>
    /// <param name="target">The token that follows.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such token.</exception>
    public static double NegativeLogLikelihood(ReadOnlySpan<float> logits, int target)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)target, (uint)logits.Length, nameof(target));
        double largest = double.NegativeInfinity, sum = 0;
        foreach (float logit in logits) largest = Math.Max(largest, logit);
        foreach (float logit in logits) sum += Math.Exp(logit - largest);
        return Math.Log(sum) + largest - logits[target];
    }

    /// <summary>The perplexity of several texts or windows.</summary>
    /// <param name="losses">Sum of the negative log-likelihoods of each, in nats, and how many tokens it was taken over.</param>
    /// <returns>At least 1; not a number without tokens.</returns>
    public static double Of(IEnumerable<(double Sum, int Tokens)> losses)
    {
        double sum = 0;
        long tokens = 0;
        foreach (var loss in losses) (sum, tokens) = (sum + loss.Sum, tokens + loss.Tokens);
        return Math.Exp(sum / tokens);
    }

    /// <summary>The 95 % interval of <see cref="Of"/>, whole windows being drawn, because tokens of one text depend on each other.</summary>
    /// <param name="losses">As for <see cref="Of"/>, at least one.</param>
    /// <param name="seed">Seed of the drawing.</param>
    public static Interval IntervalOf(IReadOnlyList<(double Sum, int Tokens)> losses, ulong seed = 1) => Bootstrap.Of(losses.Count, drawn =>
    {
        double sum = 0;
        long tokens = 0;
        foreach (int i in drawn) (sum, tokens) = (sum + losses[i].Sum, tokens + losses[i].Tokens);
        return Math.Exp(sum / tokens);
    }, seed);
}

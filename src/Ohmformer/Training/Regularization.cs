using System.Runtime.Intrinsics;
using Ohmformer.Numerics;

namespace Ohmformer.Training;

/// <summary>
/// What a network forgets at random while it is trained on a batch. What is forgotten is a pure function of seed, epoch, sample and place in
/// the network, whatever the other samples of the batch and the threads are.
/// </summary>
public sealed record Regularization
{
    // Words of a noise stream have 16 bits.
    private const int Steps = 1 << 16;

    /// <summary>Seed of the training.</summary>
    public required ulong Seed { get; init; }

    /// <summary>Epoch, from 0.</summary>
    public required int Epoch { get; init; }

    /// <summary>Indices of the batch's samples in the data set.</summary>
    public required ReadOnlyMemory<int> Samples { get; init; }

    /// <summary>
    /// Share, below 1, of the elements of the embeddings and of every block's output that are set to 0, in steps of 2^-16; the others grow, so
    /// that the mean stays (Srivastava et al.: Dropout, JMLR 15, 2014; where it acts as in Vaswani et al., arXiv:1706.03762, section 5.4).
    /// </summary>
    public double Dropout { get; init; }

    /// <summary>
    /// Share of the samples that skip the last encoder's blocks; for the first encoder it is 0, and linear in between (Huang et al.: Deep
    /// networks with stochastic depth, arXiv:1603.09382, equation 4). Blocks that are not skipped grow, so that the mean stays.
    /// </summary>
    public double StochasticDepth { get; init; }

    /// <summary>The factors of one sample's rows at one place: 0 for what is forgotten.</summary>
    /// <param name="site">Place in the network.</param>
    /// <param name="sample">Sample of the batch.</param>
    /// <param name="skip">Probability that all is forgotten.</param>
    /// <param name="mask">Gets the factors, shape [rows, d].</param>
    internal void Mask(int site, int sample, double skip, Span<float> mask)
    {
        int image = checked(Samples.Span[sample] + 1);
        if (skip > 0 && new RandomStream(new NoiseKey(Seed, NoisePurpose.Dropout, site, image, tile: 1, Epoch)).NextUniform() < skip)
        {
            mask.Clear();
            return;
        }
        int dropped = (int)Math.Round(Dropout * Steps);
        float kept = (float)(Steps / (double)(Steps - dropped) / (1 - skip));
        if (dropped == 0) mask.Fill(kept);
        else Draw(new NoiseStream(new NoiseKey(Seed, NoisePurpose.Dropout, site, image, tile: 0, Epoch)), (ushort)dropped, kept, mask);
    }

    // Element i is forgotten when word i of the stream is below a limit.
    private static void Draw(NoiseStream stream, ushort dropped, float kept, Span<float> mask)
    {
        Span<float> last = stackalloc float[NoiseStream.Words];
        var (limit, factor) = (Vector512.Create(dropped), Vector512.Create(kept).AsInt32());
        for (; mask.Length > 0; mask = mask[Math.Min(NoiseStream.Words, mask.Length)..])
        {
            // Comparisons give lanes of ones or zeros, and widening keeps them.
            var stays = Vector512.GreaterThanOrEqual(stream.Next(), limit).AsInt16();
            var to = mask.Length < NoiseStream.Words ? last : mask;
            (Vector512.WidenLower(stays) & factor).AsSingle().CopyTo(to);
            (Vector512.WidenUpper(stays) & factor).AsSingle().CopyTo(to[(NoiseStream.Words / 2)..]);
            if (mask.Length < NoiseStream.Words) last[..mask.Length].CopyTo(mask);
        }
    }
}

using Ohmformer.Mapping;

namespace Ohmformer.Models;

/// <summary>
/// Rotary position embedding (Su et al.: RoFormer, arXiv:2104.09864, equation 34): pair i of a head turns by the angle
/// t base^(-2i/size) at position t, so that products of queries and keys depend on their distance.
/// </summary>
internal sealed class RotaryPositions
{
    private readonly int _size;
    private readonly bool _halves;
    private readonly float[] _cosines, _sines;

    /// <summary>Tabulates the angles of all positions of a network.</summary>
    public RotaryPositions(TransformerSpec spec)
    {
        int pairs = spec.HeadSize / 2;
        (_size, _halves) = (spec.HeadSize, spec.Positions == Positions.RotaryHalves);
        (_cosines, _sines) = (new float[spec.Tokens * pairs], new float[spec.Tokens * pairs]);
        for (int t = 0; t < spec.Tokens; t++)
            for (int i = 0; i < pairs; i++)
            {
                double angle = t * Math.Pow(spec.RotaryBase, -2.0 * i / _size);
                (_cosines[t * pairs + i], _sines[t * pairs + i]) = ((float)Math.Cos(angle), (float)Math.Sin(angle));
            }
    }

    /// <summary>Rotates queries or keys in place.</summary>
    /// <param name="x">Shape [tokens, heads, head size], positions 0, 1, ...</param>
    /// <param name="tokens">Rows of x.</param>
    /// <param name="workspace">Counts the work.</param>
    public void Apply(Span<float> x, int tokens, TransformerWorkspace workspace)
    {
        int pairs = _size / 2, second = _halves ? pairs : 1, step = _halves ? 1 : 2, width = x.Length / tokens;
        for (int start = 0; start < x.Length; start += _size)
        {
            var head = x.Slice(start, _size);
            int angle = start / width * pairs;
            for (int i = 0; i < pairs; i++)
            {
                float cosine = _cosines[angle + i], sine = _sines[angle + i], a = head[i * step], b = head[i * step + second];
                head[i * step] = a * cosine - b * sine;
                head[i * step + second] = b * cosine + a * sine;
            }
        }
        workspace.Count(DigitalKind.Rotation, x.Length);
    }
}

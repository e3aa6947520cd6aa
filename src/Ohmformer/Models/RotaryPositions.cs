using Ohmformer.Mapping;
using Ohmformer.Numerics;

namespace Ohmformer.Models;

/// <summary>
/// Rotary position embedding (Su et al.: RoFormer, arXiv:2104.09864, equation 34): pair i of a head turns by the angle
/// t base^(-2i/size) at position t, so that products of queries and keys depend on their distance.
/// </summary>
internal sealed class RotaryPositions
{
    private const int ChunkTokens = 8;

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
    /// <param name="tokens">Tokens, at positions 0, 1, ...</param>
    /// <param name="width">Width of all heads.</param>
    /// <param name="workspace">Has the threads and the counts.</param>
    /// <param name="x">Shape [tokens, width].</param>
    public void Apply(int tokens, int width, TransformerWorkspace workspace, float[] x)
    {
        workspace.Workers.Run(tokens, ChunkTokens, new Rotations(this, width, x));
        workspace.Count(DigitalKind.Rotation, (long)tokens * width);
    }

    /// <summary>Rotates rows at any positions in place.</summary>
    /// <param name="at">Position of every row, below the tokens of the longest input.</param>
    /// <param name="width">Width of all heads.</param>
    /// <param name="x">Shape [rows, width].</param>
    public void Turn(ReadOnlySpan<int> at, int width, Span<float> x) => Turn(at, width, 1, x);

    /// <summary>The opposite of <see cref="Turn(ReadOnlySpan{int}, int, Span{float})"/>.</summary>
    /// <inheritdoc cref="Turn(ReadOnlySpan{int}, int, Span{float})"/>
    public void TurnBack(ReadOnlySpan<int> at, int width, Span<float> x) => Turn(at, width, -1, x);

    private void Turn(ReadOnlySpan<int> at, int width, float direction, Span<float> x)
    {
        for (int row = 0; row < at.Length; row++)
            for (int start = row * width; start < (row + 1) * width; start += _size) Rotate(at[row], direction, x.Slice(start, _size));
    }

    private void Rotate(int token, float direction, Span<float> head)
    {
        int pairs = _size / 2, second = _halves ? pairs : 1, step = _halves ? 1 : 2;
        for (int i = 0; i < pairs; i++)
        {
            float cosine = _cosines[token * pairs + i], sine = direction * _sines[token * pairs + i], a = head[i * step], b = head[i * step + second];
            head[i * step] = a * cosine - b * sine;
            head[i * step + second] = b * cosine + a * sine;
        }
    }

    private readonly struct Rotations(RotaryPositions positions, int width, float[] x) : IParallelLoop
    {
        public void Run(int first, int limit, int slot)
        {
            for (int token = first; token < limit; token++)
                for (int start = token * width; start < (token + 1) * width; start += positions._size)
                    positions.Rotate(token, 1, x.AsSpan(start, positions._size));
        }
    }
}

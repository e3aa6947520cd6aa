using System.Buffers;
using System.Numerics.Tensors;
using System.Runtime.Intrinsics;
using Ohmformer.Numerics;

namespace Ohmformer.Training;

/// <summary>
/// Normal noise of cells as numbers see it: a number w gets the variance Constant m^2 + Linear m |w| + Square w^2, m being the largest magnitude of
/// its group, which has the conductance of full scale.
/// </summary>
/// <param name="Constant">At every number.</param>
/// <param name="Linear">In proportion to the conductance.</param>
/// <param name="Square">In proportion to its square.</param>
internal readonly record struct NoiseLaw(double Constant, double Linear, double Square)
{
    private static readonly int Lanes = Vector512<float>.Count;

    /// <summary>The law of the sum of two independent noises.</summary>
    public static NoiseLaw operator +(NoiseLaw x, NoiseLaw y) => new(x.Constant + y.Constant, x.Linear + y.Linear, x.Square + y.Square);

    /// <summary>Adds noise to a matrix. Zero variance changes no bit.</summary>
    /// <param name="matrix">Shape [rows, columns].</param>
    /// <param name="columns">Columns.</param>
    /// <param name="groupColumns">Columns of a group of numbers that share their full scale; divides the columns.</param>
    /// <param name="key">Names the draws.</param>
    /// <param name="index">Which of the key's sequences of draws.</param>
    public void AddTo(Span<float> matrix, int columns, int groupColumns, in NoiseKey key, int index = 0)
    {
        if (this == default || matrix.IsEmpty) return;
        var stream = new NoiseStream(key, index);
        short[] draws = ArrayPool<short>.Shared.Rent(Padded(columns, NoiseStream.Words));
        float[] largest = ArrayPool<float>.Shared.Rent(columns / groupColumns);
        Largest(matrix, columns, groupColumns, largest);
        for (int row = 0; row < matrix.Length; row += columns)
        {
            stream.FillNormal(draws.AsSpan(0, Padded(columns, NoiseStream.Words)));
            for (int first = 0; first < columns; first += groupColumns)
                Add(draws.AsSpan(first, groupColumns), largest[first / groupColumns], matrix.Slice(row + first, groupColumns));
        }
        ArrayPool<float>.Shared.Return(largest);
        ArrayPool<short>.Shared.Return(draws);
    }

    /// <summary>Adds noise to numbers of one group.</summary>
    /// <param name="draws">As many draws, in units of 2^-<see cref="Gaussian16.FractionBits"/>.</param>
    /// <param name="largest">The largest magnitude m of the group.</param>
    /// <param name="numbers">The numbers.</param>
    private void Add(ReadOnlySpan<short> draws, float largest, Span<float> numbers)
    {
        const float Unit = 1f / (1 << Gaussian16.FractionBits);
        var (constant, linear, square) = (Vector512.Create((float)Constant * largest * largest), Vector512.Create((float)Linear * largest), Vector512.Create((float)Square));
        Span<float> last = stackalloc float[Lanes];
        Span<short> lastDraws = stackalloc short[Lanes];
        for (int i = 0; i < numbers.Length; i += Lanes)
        {
            int count = Math.Min(Lanes, numbers.Length - i);
            var some = count < Lanes ? last : numbers.Slice(i, count);
            var someDraws = count < Lanes ? lastDraws : draws.Slice(i, count);
            if (count < Lanes)
            {
                numbers[i..].CopyTo(last);
                draws.Slice(i, count).CopyTo(lastDraws);
            }
            var number = Vector512.Create<float>(some);
            var magnitude = Vector512.Abs(number);
            var deviation = Vector512.Sqrt(Vector512.FusedMultiplyAdd(Vector512.FusedMultiplyAdd(square, magnitude, linear), magnitude, constant));
            var (low, high) = Vector256.Widen(Vector256.Create<short>(someDraws));
            var draw = Vector512.ConvertToSingle(Vector512.Create(low, high)) * Unit;
            Vector512.FusedMultiplyAdd(deviation, draw, number).CopyTo(some);
            if (count < Lanes) last[..count].CopyTo(numbers[i..]);
        }
    }

    private static void Largest(ReadOnlySpan<float> matrix, int columns, int groupColumns, Span<float> largest)
    {
        largest[..(columns / groupColumns)].Clear();
        for (int i = 0; i < matrix.Length; i += groupColumns)
        {
            ref float most = ref largest[i % columns / groupColumns];
            most = Math.Max(most, Math.Abs(TensorPrimitives.MaxMagnitude(matrix.Slice(i, groupColumns))));
        }
    }

    private static int Padded(int count, int unit) => (count + unit - 1) / unit * unit;
}

using Ohmformer.Numerics;

namespace Ohmformer.Arrays;

internal sealed unsafe partial class VectorKernel
{
    /// <summary>The lines that carry a pulse in one pass of one vector.</summary>
    private readonly ref struct PulseList
    {
        public required int Count { get; init; }

        /// <summary>Offset of each line's row in a block of cells.</summary>
        public required int* Offsets { get; init; }

        public required float* Drives { get; init; }

        public required double* WideDrives { get; init; }

        public required float* SquaredDrives { get; init; }

        public required double* WideSquaredDrives { get; init; }

        /// <summary>Sum of the squared drives over all driven cells of a sample.</summary>
        public required float Variance { get; init; }
    }

    /// <summary>Memory of one thread.</summary>
    private sealed class Scratch
    {
        private AlignedBuffer<int> _offsets = new(0);
        private AlignedBuffer<float> _drives = new(0), _squaredDrives = new(0);
        private AlignedBuffer<double> _wideDrives = new(0), _wideSquaredDrives = new(0), _accumulators = new(0);
        private AlignedBuffer<short> _draws = new(0);
        private int[] _counts = [];
        private float[] _variances = [];
        private int _rows, _perBlock;

        /// <summary>Whether all sums of the matrix are exact in single precision.</summary>
        public bool IsSingle { get; private set; }

        /// <summary>Whether sums of squared conductances on a grid may be inexact in single precision.</summary>
        public bool HasWideSquares { get; private set; }

        /// <summary>Cells of a block in counts, shape [row, sample, lane]: in single precision where sums are exact in it, else in double.</summary>
        public AlignedBuffer<float> SingleCells { get; private set; } = new(0);

        /// <summary>The same in double precision.</summary>
        public AlignedBuffer<double> Cells { get; private set; } = new(0);

        /// <summary>Squared cells of a block, for proportional noise.</summary>
        public AlignedBuffer<float> Squares { get; private set; } = new(0);

        /// <summary>The same in steps, where their sums need double precision.</summary>
        public AlignedBuffer<double> WideSquares { get; private set; } = new(0);

        /// <summary>Sums over the pulses of one pass, shape [sample, lane].</summary>
        public AlignedBuffer<float> Sums { get; private set; } = new(0);

        /// <summary>Sums of <see cref="WideSquares"/>, the same shape.</summary>
        public AlignedBuffer<double> WideSums { get; private set; } = new(0);

        /// <summary>The same in double precision.</summary>
        public AlignedBuffer<double> Values { get; private set; } = new(0);

        /// <summary>Weighted codes of all passes, shape [sample, lane].</summary>
        public AlignedBuffer<double> Codes { get; private set; } = new(0);

        /// <summary>Draws of converter noise of one vector, shape [pass, sample, lane].</summary>
        public AlignedBuffer<float> AdcDraws { get; private set; } = new(0);

        /// <summary>What a block of the chunk has accumulated, shape [token, curve, lane].</summary>
        public double* Accumulators(int block) => _accumulators.Pointer + block * _perBlock;

        /// <summary>Draws of read noise of a vector and pass, shape [sample, lane].</summary>
        public short* ReadDraws(ProgrammedMatrix matrix, int token, int p) => _draws.Pointer + (token * matrix.Passes.Length + p) * matrix.Samples * Lanes;

        public PulseList Pulses(int list) => new()
        {
            Count = _counts[list],
            Offsets = _offsets.Pointer + list * _rows,
            Drives = _drives.Pointer + list * _rows,
            WideDrives = _wideDrives.Pointer + list * _rows,
            SquaredDrives = _squaredDrives.Pointer + list * _rows,
            WideSquaredDrives = _wideSquaredDrives.Pointer + list * _rows,
            Variance = _variances[list],
        };

        /// <summary>Makes room for a chunk and clears what it accumulates.</summary>
        public void Reserve(ProgrammedMatrix matrix, int blocks)
        {
            int width = matrix.Samples * Lanes, lists = Chunk * matrix.Passes.Length, largestPulse = matrix.Shape.LargestPulse;
            _rows = matrix.Spec.RowsPerRead;
            _perBlock = Chunk * matrix.Accumulators * Lanes;
            IsSingle = matrix.Steps is not null && (double)matrix.LargestStep * _rows * largestPulse < 1 << 24;
            HasWideSquares = matrix.SquareSteps is not null && (double)ushort.MaxValue * _rows * largestPulse * largestPulse > 1 << 24;
            _offsets = Enough(_offsets, lists * _rows);
            _drives = Enough(_drives, lists * _rows);
            _wideDrives = Enough(_wideDrives, lists * _rows);
            _squaredDrives = Enough(_squaredDrives, lists * _rows);
            if (_counts.Length < lists) (_counts, _variances) = (new int[lists], new float[lists]);
            SingleCells = Enough(SingleCells, IsSingle ? _rows * width : 0);
            Cells = Enough(Cells, IsSingle ? 0 : _rows * width);
            Squares = Enough(Squares, matrix.ProportionalNoise && !HasWideSquares ? _rows * width : 0);
            WideSquares = Enough(WideSquares, HasWideSquares ? _rows * width : 0);
            _wideSquaredDrives = Enough(_wideSquaredDrives, HasWideSquares ? lists * _rows : 0);
            WideSums = Enough(WideSums, HasWideSquares ? width : 0);
            Sums = Enough(Sums, width);
            Values = Enough(Values, width);
            Codes = Enough(Codes, width);
            AdcDraws = Enough(AdcDraws, matrix.Passes.Length * width);
            _draws = Enough(_draws, matrix.ReadNoise > 0 ? lists * width : 0);
            _accumulators = Enough(_accumulators, blocks * _perBlock);
            _accumulators.Span[..(blocks * _perBlock)].Clear();
        }

        /// <summary>Moves the cells of 16 columns and a group of rows side by side; lanes beyond the last column hold the last one's.</summary>
        public void LoadCells(ProgrammedMatrix matrix, RowGroup group, int block)
        {
            double unit = 1 / matrix.StepsPerCount, squareUnit = matrix.SquareGrid > 0 ? 1 / matrix.SquareGrid : 0;
            for (int i = 0; i < matrix.Samples * Lanes; i++)
            {
                int line = matrix.Line(i / Lanes, Math.Min(block * Lanes + i % Lanes, matrix.Outputs - 1)) + group.Start;
                int to = i, width = matrix.Samples * Lanes;
                for (int r = 0; r < group.Rows; r++, to += width)
                {
                    if (IsSingle) SingleCells.Pointer[to] = matrix.Steps!.Pointer[line + r] * (float)unit;
                    else Cells.Pointer[to] = matrix.Steps is { } steps ? steps.Pointer[line + r] * unit : matrix.Wide!.Pointer[line + r];
                    if (!matrix.ProportionalNoise) continue;
                    if (HasWideSquares) WideSquares.Pointer[to] = matrix.SquareSteps!.Pointer[line + r];
                    else Squares.Pointer[to] = matrix.SquareSteps is { } squares ? squares.Pointer[line + r] * (float)squareUnit : matrix.Squares!.Pointer[line + r];
                }
            }
        }

        /// <summary>Draws the read noise of 16 columns.</summary>
        public void DrawReadNoise(ProgrammedMatrix matrix, in MacroRead read, int g, int block, int start, int tokens)
        {
            int valid = Math.Min(Lanes, matrix.Outputs - block * Lanes), eights = (matrix.Passes.Length + 7) / 8;
            Span<short> draws = stackalloc short[NoiseStream.Words];
            for (int lane = 0; lane < valid; lane++)
            {
                var stream = matrix.ReadNoiseStream(read, g, block * Lanes + lane);
                for (int skip = start / 4 * eights * matrix.Samples; skip > 0; skip--) stream.Next();
                for (int four = 0; four < tokens; four += 4)
                    for (int eight = 0; eight < eights; eight++)
                        for (int sample = 0; sample < matrix.Samples; sample++)
                        {
                            stream.FillNormal(draws);
                            for (int token = four; token < Math.Min(four + 4, tokens); token++)
                                for (int p = 8 * eight; p < Math.Min(8 * eight + 8, matrix.Passes.Length); p++)
                                    ReadDraws(matrix, token, p)[sample * Lanes + lane] = draws[token % 4 * 8 + p % 8];
                        }
            }
        }

        public void ListPulses(ProgrammedMatrix matrix, in MacroRead read, RowGroup group, int start, int tokens)
        {
            for (int token = 0; token < tokens; token++)
            {
                var x = read.X.Slice((start + token) * matrix.Inputs + group.Start, group.Rows);
                for (int p = 0; p < matrix.Passes.Length; p++)
                {
                    List(matrix, x, matrix.Passes[p], token * matrix.Passes.Length + p);
                    read.Statistics?.AddInputs(x, matrix.Passes[p], (long)matrix.Outputs * matrix.Samples);
                }
            }
        }

        /// <summary>Every line is written and only those with a pulse are kept: a branch on random bits would cost more.</summary>
        private void List(ProgrammedMatrix matrix, ReadOnlySpan<int> x, InputPass pass, int list)
        {
            int* offsets = _offsets.Pointer + list * _rows;
            float* drives = _drives.Pointer + list * _rows;
            int count = 0, offset = 0;
            for (int r = 0; r < x.Length; r++, offset += matrix.Samples * Lanes)
            {
                int drive = pass.Drive(x[r]);
                offsets[count] = offset;
                drives[count] = drive;
                count += drive != 0 ? 1 : 0;
            }
            _counts[list] = count;
            if (!IsSingle)
                for (int i = 0; i < count; i++) _wideDrives.Pointer[list * _rows + i] = drives[i];
            if (matrix.ReadNoise > 0) ListSquares(matrix, drives, count, list);
        }

        private void ListSquares(ProgrammedMatrix matrix, float* drives, int count, int list)
        {
            float* squares = _squaredDrives.Pointer + list * _rows;
            long driven = 0;
            for (int i = 0; i < count; i++)
            {
                squares[i] = drives[i] * drives[i];
                driven += (long)squares[i];
            }
            if (HasWideSquares)
                for (int i = 0; i < count; i++) _wideSquaredDrives.Pointer[list * _rows + i] = squares[i];
            _variances[list] = driven * (matrix.Spec.SubtractsCurrents() ? 2 : 1);
        }

        private static AlignedBuffer<T> Enough<T>(AlignedBuffer<T> buffer, int length)
            where T : unmanaged => buffer.Length >= length ? buffer : new(length);
    }
}

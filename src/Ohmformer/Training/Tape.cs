using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Ohmformer.Training;

/// <summary>
/// Records operations on tensors and runs them backward: reverse-mode differentiation (Griewank and Walther: Evaluating
/// derivatives, 2008, chapter 3). An operation is a method that computes its output and calls <see cref="Record{TState}"/> with
/// what adds its part to the gradients of its inputs; new operations are written the same way, anywhere. A tape is used by one
/// thread and reuses its memory, tensors and records from step to step.
/// </summary>
public sealed class Tape
{
    // Lengths of memory are rounded up to 1/8 of a power of two, so that batches of all sizes share it.
    private const int SmallestBlock = 64, BlocksPerPower = 8;

    // Memory begins at a cache line, and each at another place of a page of 64 lines: rows of the same number of different matrices
    // would displace each other in the first-level cache.
    private const int LineFloats = 16, PageFloats = 1024, LinesBetween = 23;

    private readonly List<Tensor> _tensors = [];
    private readonly List<Operation> _operations = [];
    private readonly Dictionary<Type, Pool> _pools = [];
    private readonly Dictionary<float[], ArraySegment<float>> _rented = [];
    private readonly Dictionary<int, Stack<ArraySegment<float>>> _free = [];
    private int _usedTensors, _nextLine;

    /// <summary>A leaf that needs no gradient.</summary>
    /// <param name="value">Shape [rows, columns]; not copied.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Columns.</param>
    public Tensor Constant(Memory<float> value, int rows, int columns) => NewTensor(rows, columns, value, default, needsGradient: false, ownsMemory: false);

    /// <summary>A leaf whose gradient is added to memory of the caller.</summary>
    /// <param name="value">Shape [rows, columns]; not copied.</param>
    /// <param name="gradient">Shape [rows, columns]; <see cref="Backward"/> adds to it.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Columns.</param>
    public Tensor Variable(Memory<float> value, Memory<float> gradient, int rows, int columns) =>
        NewTensor(rows, columns, value, gradient, needsGradient: true, ownsMemory: false);

    /// <summary>The output of an operation, to be filled by it; the content is undefined.</summary>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Columns.</param>
    /// <param name="inputs">The inputs of the operation; the output needs a gradient if one of them does.</param>
    public Tensor Output(int rows, int columns, params ReadOnlySpan<Tensor?> inputs)
    {
        bool needsGradient = false;
        foreach (var input in inputs) needsGradient |= input is { NeedsGradient: true };
        return NewTensor(rows, columns, Scratch(rows * columns), default, needsGradient, ownsMemory: true);
    }

    /// <summary>Memory for an operation's own use until <see cref="Reset"/> or <see cref="Return"/>; the content is undefined.</summary>
    public Memory<float> Scratch(int length)
    {
        if (length == 0) return default;
        int size = BlockSize(length);
        var memory = _free.TryGetValue(size, out var stack) && stack.TryPop(out var used) ? used : Allocate(size);
        _rented.Add(memory.Array!, memory);
        return memory.AsMemory(0, length);
    }

    /// <summary>Gives memory of <see cref="Scratch"/> back before <see cref="Reset"/>.</summary>
    public void Return(Memory<float> memory)
    {
        if (MemoryMarshal.TryGetArray<float>(memory, out var segment) && segment.Array is { Length: > 0 } array && _rented.Remove(array, out var whole)) Keep(whole);
    }

    /// <summary>Records how an output's gradient flows back to the inputs, without allocating.</summary>
    /// <typeparam name="TState">What the operation remembers.</typeparam>
    /// <param name="output">Made by <see cref="Output"/>.</param>
    /// <param name="state">Inputs, sizes and scratch memory.</param>
    /// <param name="backward">
    /// A static function that adds to the gradients of the inputs that need them, from the output's gradient and any values.
    /// Nothing needs the output after it, so it may overwrite the output's value and gradient.
    /// </param>
    public void Record<TState>(Tensor output, TState state, Action<Tensor, TState> backward)
    {
        if (!output.NeedsGradient) return;
        if (!_pools.TryGetValue(typeof(TState), out var pool)) _pools.Add(typeof(TState), pool = new Pool<TState>());
        var operation = ((Pool<TState>)pool).Take();
        (operation.Output, operation.State, operation.Function) = (output, state, backward);
        _operations.Add(operation);
    }

    /// <summary>Records how an output's gradient flows back to the inputs.</summary>
    /// <param name="output">Made by <see cref="Output"/>.</param>
    /// <param name="backward">As in <see cref="Record{TState}"/>, as a closure.</param>
    public void Record(Tensor output, Action backward) => Record(output, backward, static (_, action) => action());

    /// <summary>
    /// Adds the gradients of a loss to all variables. Values and gradients of intermediate results are gone afterward: read
    /// what is needed of them first.
    /// </summary>
    /// <param name="loss">Shape [1, 1].</param>
    public void Backward(Tensor loss)
    {
        if (loss.Value.Length != 1) throw new ArgumentException($"The loss has {loss.Value.Length} elements, not one.", nameof(loss));
        loss.Gradient[0] = 1;
        for (int i = _operations.Count - 1; i >= 0; i--)
        {
            var operation = _operations[i];
            if (operation.Output.HasGradient) operation.Backward();
            operation.Output.Release();
        }
        ForgetOperations();
    }

    /// <summary>Forgets all operations and takes all memory back; tensors of the last step must not be used any more.</summary>
    public void Reset()
    {
        ForgetOperations();
        _usedTensors = 0;
        foreach (var memory in _rented.Values) Keep(memory);
        _rented.Clear();
    }

    private Tensor NewTensor(int rows, int columns, Memory<float> value, Memory<float> gradient, bool needsGradient, bool ownsMemory)
    {
        if (_usedTensors == _tensors.Count) _tensors.Add(new Tensor(this));
        var tensor = _tensors[_usedTensors++];
        tensor.Set(rows, columns, value, gradient, needsGradient, ownsMemory);
        return tensor;
    }

    private void ForgetOperations()
    {
        _operations.Clear();
        foreach (var pool in _pools.Values) pool.Used = 0;
    }

    private static int BlockSize(int length)
    {
        int unit = Math.Max(SmallestBlock, (int)BitOperations.RoundUpToPowerOf2((uint)length) / (2 * BlocksPerPower));
        return (length + unit - 1) / unit * unit;
    }

    private unsafe ArraySegment<float> Allocate(int size)
    {
        float[] array = GC.AllocateUninitializedArray<float>(size + PageFloats + LineFloats, pinned: true);
        int misaligned = (int)((nuint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(array)) / sizeof(float) % PageFloats);
        _nextLine = (_nextLine + LinesBetween) % (PageFloats / LineFloats);
        return new(array, (_nextLine * LineFloats - misaligned + PageFloats) % PageFloats, size);
    }

    private void Keep(ArraySegment<float> memory)
    {
        if (!_free.TryGetValue(memory.Count, out var stack)) _free.Add(memory.Count, stack = []);
        stack.Push(memory);
    }

    /// <summary>A recorded operation.</summary>
    private abstract class Operation
    {
        public Tensor Output { get; set; } = null!;

        public abstract void Backward();
    }

    private sealed class Operation<TState> : Operation
    {
        public TState State { get; set; } = default!;

        public Action<Tensor, TState> Function { get; set; } = null!;

        public override void Backward() => Function(Output, State);
    }

    /// <summary>Records that are used again in every step.</summary>
    private abstract class Pool
    {
        public int Used { get; set; }
    }

    private sealed class Pool<TState> : Pool
    {
        private readonly List<Operation<TState>> _all = [];

        public Operation<TState> Take()
        {
            if (Used == _all.Count) _all.Add(new());
            return _all[Used++];
        }
    }
}

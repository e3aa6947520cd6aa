using System.Runtime.InteropServices;

namespace Ohmformer.Training;

/// <summary>
/// Records operations on tensors and runs them backward: reverse-mode differentiation (Griewank and Walther: Evaluating
/// derivatives, 2008, chapter 3). An operation is a method that computes its output and calls <see cref="Record"/> with what
/// adds its part to the gradients of its inputs; new operations are written the same way, anywhere. A tape is used by one
/// thread and reuses its memory from step to step.
/// </summary>
public sealed class Tape
{
    private readonly List<(Tensor Output, Action Backward)> _operations = [];
    private readonly HashSet<float[]> _rented = [];
    private readonly Dictionary<int, Stack<float[]>> _free = [];

    /// <summary>A leaf that needs no gradient.</summary>
    /// <param name="value">Shape [rows, columns]; not copied.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Columns.</param>
    public Tensor Constant(Memory<float> value, int rows, int columns) => new(this, rows, columns, value, default, needsGradient: false);

    /// <summary>A leaf whose gradient is added to memory of the caller.</summary>
    /// <param name="value">Shape [rows, columns]; not copied.</param>
    /// <param name="gradient">Shape [rows, columns]; <see cref="Backward"/> adds to it.</param>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Columns.</param>
    public Tensor Variable(Memory<float> value, Memory<float> gradient, int rows, int columns) =>
        new(this, rows, columns, value, gradient, needsGradient: true);

    /// <summary>The output of an operation, to be filled by it; the content is undefined.</summary>
    /// <param name="rows">Rows.</param>
    /// <param name="columns">Columns.</param>
    /// <param name="inputs">The inputs of the operation; the output needs a gradient if one of them does.</param>
    public Tensor Output(int rows, int columns, params ReadOnlySpan<Tensor> inputs)
    {
        bool needsGradient = false;
        foreach (var input in inputs) needsGradient |= input.NeedsGradient;
        return new Tensor(this, rows, columns, Rent(rows * columns), default, needsGradient);
    }

    /// <summary>Memory for an operation's own use until <see cref="Reset"/>; the content is undefined.</summary>
    public Memory<float> Scratch(int length) => Rent(length);

    /// <summary>Records how an output's gradient flows back to the inputs.</summary>
    /// <param name="output">Made by <see cref="Output"/>.</param>
    /// <param name="backward">
    /// Adds to the gradients of the inputs that need them, from the output's gradient and any values. Nothing needs the output
    /// after it, so it may overwrite the output's value and gradient.
    /// </param>
    public void Record(Tensor output, Action backward)
    {
        if (output.NeedsGradient) _operations.Add((output, backward));
    }

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
            var (output, backward) = _operations[i];
            if (output.HasGradient) backward();
            output.Release();
        }
        _operations.Clear();
    }

    /// <summary>Forgets all operations and takes all memory back; tensors of the last step must not be used any more.</summary>
    public void Reset()
    {
        _operations.Clear();
        foreach (var memory in _rented) Keep(memory);
        _rented.Clear();
    }

    internal Memory<float> Rent(int length)
    {
        float[] memory = _free.TryGetValue(length, out var stack) && stack.TryPop(out var used) ? used : GC.AllocateUninitializedArray<float>(length);
        _rented.Add(memory);
        return memory;
    }

    internal void Return(Memory<float> memory)
    {
        if (MemoryMarshal.TryGetArray<float>(memory, out var segment) && segment.Array is { Length: > 0 } array && _rented.Remove(array)) Keep(array);
    }

    private void Keep(float[] memory)
    {
        if (!_free.TryGetValue(memory.Length, out var stack)) _free.Add(memory.Length, stack = []);
        stack.Push(memory);
    }
}

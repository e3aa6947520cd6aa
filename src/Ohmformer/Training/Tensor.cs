namespace Ohmformer.Training;

/// <summary>A matrix on a <see cref="Tape"/>, and the gradient of the loss with respect to it. It is gone with the step it was made in.</summary>
public sealed class Tensor
{
    private readonly Tape _tape;
    private Memory<float> _value, _gradient;
    private bool _ownsMemory;

    internal Tensor(Tape tape) => _tape = tape;

    /// <summary>Rows; several sequences have the sum of their tokens.</summary>
    public int Rows { get; private set; }

    /// <summary>Columns, the width of a row.</summary>
    public int Columns { get; private set; }

    /// <summary>Whether the gradient is wanted: false for constants and what depends on constants only.</summary>
    public bool NeedsGradient { get; private set; }

    /// <summary>The values, shape [rows, columns].</summary>
    public Span<float> Value => _value.Span;

    /// <summary>The gradient, shape [rows, columns], zero before the first operation has added its part.</summary>
    /// <exception cref="InvalidOperationException">The tensor needs no gradient.</exception>
    public Span<float> Gradient
    {
        get
        {
            var gradient = GradientToFill(out bool add);
            if (!add) gradient.Clear();
            return gradient;
        }
    }

    /// <summary>Whether something that the loss depends on has used this tensor.</summary>
    internal bool HasGradient => !_gradient.IsEmpty;

    /// <summary>The gradient for an operation that computes all of it.</summary>
    /// <param name="add">Whether the part is to be added; if not, the content is undefined and every element must be set.</param>
    /// <exception cref="InvalidOperationException">The tensor needs no gradient.</exception>
    internal Span<float> GradientToFill(out bool add)
    {
        if (!NeedsGradient) throw new InvalidOperationException("This tensor needs no gradient.");
        add = HasGradient;
        if (!add) _gradient = _tape.Scratch(_value.Length);
        return _gradient.Span;
    }

    /// <summary>
    /// Adds the gradient of an output to that of this input, as the last thing that the output's operation does: when nothing else has
    /// used this input, the memory changes hands.
    /// </summary>
    internal void TakeGradientOf(Tensor output)
    {
        if (!NeedsGradient) return;
        if (HasGradient) LinearOperations.AddTo(output.Gradient, Gradient);
        else (_gradient, output._gradient) = (output._gradient, default);
    }

    /// <summary>Adds a part of the gradient that lies in scratch memory, which is given back.</summary>
    internal void TakeGradient(Memory<float> scratch)
    {
        if (HasGradient)
        {
            LinearOperations.AddTo(scratch.Span, Gradient);
            _tape.Return(scratch);
        }
        else
        {
            _gradient = scratch;
        }
    }

    internal void Set(int rows, int columns, Memory<float> value, Memory<float> gradient, bool needsGradient, bool ownsMemory)
    {
        if (value.Length != rows * columns) throw new ArgumentException($"{value.Length} values for {rows} x {columns}", nameof(value));
        if (!gradient.IsEmpty && gradient.Length != value.Length)
            throw new ArgumentException($"{gradient.Length} gradients for {value.Length} values", nameof(gradient));
        (Rows, Columns, _value, _gradient, NeedsGradient, _ownsMemory) = (rows, columns, value, gradient, needsGradient, ownsMemory);
    }

    /// <summary>Gives the memory of an intermediate result back.</summary>
    internal void Release()
    {
        if (_ownsMemory)
        {
            _tape.Return(_value);
            _tape.Return(_gradient);
        }
        _value = default;
        _gradient = default;
    }
}

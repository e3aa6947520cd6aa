namespace Ohmformer.Training;

/// <summary>A matrix on a <see cref="Tape"/>, and the gradient of the loss with respect to it.</summary>
public sealed class Tensor
{
    private readonly Tape _tape;
    private Memory<float> _value, _gradient;

    internal Tensor(Tape tape, int rows, int columns, Memory<float> value, Memory<float> gradient, bool needsGradient)
    {
        if (value.Length != rows * columns) throw new ArgumentException($"{value.Length} values for {rows} x {columns}", nameof(value));
        if (!gradient.IsEmpty && gradient.Length != value.Length)
            throw new ArgumentException($"{gradient.Length} gradients for {value.Length} values", nameof(gradient));
        (_tape, Rows, Columns, _value, _gradient, NeedsGradient) = (tape, rows, columns, value, gradient, needsGradient);
    }

    /// <summary>Rows; a batch of sequences has batch times tokens rows.</summary>
    public int Rows { get; }

    /// <summary>Columns, the width of a row.</summary>
    public int Columns { get; }

    /// <summary>Whether the gradient is wanted: false for constants and what depends on constants only.</summary>
    public bool NeedsGradient { get; }

    /// <summary>The values, shape [rows, columns].</summary>
    public Span<float> Value => _value.Span;

    /// <summary>The gradient, shape [rows, columns], zero before the first operation has added its part.</summary>
    /// <exception cref="InvalidOperationException">The tensor needs no gradient.</exception>
    public Span<float> Gradient
    {
        get
        {
            if (!NeedsGradient) throw new InvalidOperationException("This tensor needs no gradient.");
            if (_gradient.IsEmpty && !_value.IsEmpty)
            {
                _gradient = _tape.Rent(_value.Length);
                _gradient.Span.Clear();
            }
            return _gradient.Span;
        }
    }

    /// <summary>Whether something that the loss depends on has used this tensor.</summary>
    internal bool HasGradient => !_gradient.IsEmpty;

    /// <summary>Gives the memory of an intermediate result back.</summary>
    internal void Release()
    {
        _tape.Return(_value);
        _tape.Return(_gradient);
        _value = default;
        _gradient = default;
    }
}

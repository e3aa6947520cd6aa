namespace Ohmformer.Arrays;

/// <summary>Numbers that start at a cache line and never move, so that vector loads do not straddle lines.</summary>
/// <typeparam name="T">A number of 1, 2, 4 or 8 bytes.</typeparam>
internal sealed unsafe class AlignedBuffer<T>
    where T : unmanaged
{
    private const int Alignment = 64;

    private readonly T[] _pinned;
    private readonly int _skip;

    public AlignedBuffer(int length)
    {
        _pinned = GC.AllocateArray<T>(checked(length + Alignment / sizeof(T)), pinned: true);
        fixed (T* start = _pinned) _skip = (int)((Alignment - ((nuint)start & (Alignment - 1))) & (Alignment - 1)) / sizeof(T);
        Length = length;
    }

    /// <summary>A buffer with room for a number of elements: the one given, if it is long enough.</summary>
    public static AlignedBuffer<T> Enough(AlignedBuffer<T>? buffer, int length) => buffer?.Length >= length ? buffer : new(length);

    /// <summary>Numbers held.</summary>
    public int Length { get; }

    /// <summary>The numbers.</summary>
    public Span<T> Span => _pinned.AsSpan(_skip, Length);

    /// <summary>Address of the first number; valid as long as this object is reachable.</summary>
    public T* Pointer => (T*)System.Runtime.InteropServices.Marshal.UnsafeAddrOfPinnedArrayElement(_pinned, _skip);
}

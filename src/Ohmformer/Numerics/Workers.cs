using System.Diagnostics;
using System.Runtime.ExceptionServices;

namespace Ohmformer.Numerics;

/// <summary>The body of a loop whose turns do not depend on each other: a readonly struct with what it reads and writes.</summary>
public interface IParallelLoop
{
    /// <summary>Does the turns <paramref name="first"/> to <paramref name="limit"/> - 1.</summary>
    /// <param name="first">First turn.</param>
    /// <param name="limit">One beyond the last turn.</param>
    /// <param name="slot">Which of the threads of this call it is, below <see cref="Workers.MaxThreads"/>: the number of its scratch memory.</param>
    void Run(int first, int limit, int slot);
}

/// <summary>
/// Threads that share the turns of one loop at a time: blocks of output columns, attention heads, or tokens of one image. They
/// stay alive between loops. A turn writes only what is its own, so one and many threads give the same bytes.
/// </summary>
/// <remarks>
/// Threads take chunks of turns until none is left; who computes what is not determined, what is computed is. A loop inside a
/// loop, or beside another loop of the same workers, runs on the thread that asks for it. A loop allocates nothing, but for
/// the first one of its type.
/// </remarks>
public sealed class Workers : IDisposable
{
    /// <summary>How long a thread without work looks for more before it sleeps: longer than waking it takes.</summary>
    private static readonly long Patience = Stopwatch.Frequency / 20_000;

    private readonly object _gate = new();
    private readonly Thread[] _helpers;
    private readonly Dictionary<Type, Loop> _loops = [];
    private Loop? _current;
    private int _threads, _busy, _active, _asleep;
    private volatile int _started;
    private volatile bool _stopped;

    /// <summary>Starts the threads.</summary>
    /// <param name="threads">Threads of a loop, the one that asks for it included; at least 1.</param>
    public Workers(int threads)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(threads, 1);
        _threads = threads;
        _helpers = new Thread[threads - 1];
        for (int i = 0; i < _helpers.Length; i++)
        {
            int slot = i + 1;
            _helpers[i] = new(() => Help(slot)) { IsBackground = true, Name = $"Workers {slot}" };
            _helpers[i].Start();
        }
    }

    /// <summary>No threads but the caller's.</summary>
    public static Workers One { get; } = new(1);

    /// <summary>Threads that were started, the caller's included.</summary>
    public int MaxThreads => _helpers.Length + 1;

    /// <summary>Threads of a loop, the caller's included; from 1 to <see cref="MaxThreads"/>, which it is at first.</summary>
    public int Threads
    {
        get => _threads;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, MaxThreads);
            _threads = value;
        }
    }

    /// <summary>Runs a loop and returns when all its turns are done.</summary>
    /// <typeparam name="TLoop">A readonly struct; it is copied once. Spans become pointers in it, fixed by the caller.</typeparam>
    /// <param name="count">Turns.</param>
    /// <param name="grain">Turns that a thread takes at once.</param>
    /// <param name="loop">The body.</param>
    /// <exception cref="Exception">The first exception of the body, as it was thrown; turns not yet begun are left out.</exception>
    public void Run<TLoop>(int count, int grain, in TLoop loop) where TLoop : struct, IParallelLoop
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(grain);
        if (count <= 0) return;
        if (_threads == 1 || count <= grain || Interlocked.Exchange(ref _busy, 1) != 0)
        {
            loop.Run(0, count, 0);
            return;
        }
        try
        {
            ObjectDisposedException.ThrowIf(_stopped, this);
            Share(LoopOf(loop, count, grain));
        }
        finally
        {
            Volatile.Write(ref _busy, 0);
        }
    }

    /// <summary>Ends the threads.</summary>
    public void Dispose()
    {
        _stopped = true;
        lock (_gate) Monitor.PulseAll(_gate);
        foreach (var helper in _helpers) helper.Join();
    }

    private Loop<TLoop> LoopOf<TLoop>(in TLoop body, int count, int grain) where TLoop : struct, IParallelLoop
    {
        if (!_loops.TryGetValue(typeof(TLoop), out var found)) _loops[typeof(TLoop)] = found = new Loop<TLoop>();
        var loop = (Loop<TLoop>)found;
        loop.Start(body, count, grain);
        return loop;
    }

    private void Share(Loop loop)
    {
        lock (_gate)
        {
            _current = loop;
            _started++;
            if (_asleep > 0) Monitor.PulseAll(_gate);
        }
        loop.Take(0);
        lock (_gate) _current = null; // Helpers that come later find nothing to do.
        long until = Stopwatch.GetTimestamp() + Patience;
        while (Volatile.Read(ref _active) > 0 && Stopwatch.GetTimestamp() < until) Thread.SpinWait(8);
        lock (_gate)
            while (_active > 0) Monitor.Wait(_gate);
        loop.Finish();
    }

    private void Help(int slot)
    {
        int seen = 0;
        while (WaitForLoop(ref seen))
        {
            Loop? loop;
            lock (_gate)
            {
                loop = slot < _threads ? _current : null;
                if (loop is not null) _active++;
            }
            if (loop is null) continue;
            loop.Take(slot);
            lock (_gate)
                if (--_active == 0) Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Waits until a loop has started after the one that was seen.</summary>
    /// <returns>False when the workers are disposed of.</returns>
    private bool WaitForLoop(ref int seen)
    {
        long until = Stopwatch.GetTimestamp() + Patience;
        while (_started == seen && !_stopped && Stopwatch.GetTimestamp() < until) Thread.SpinWait(8);
        lock (_gate)
        {
            _asleep++;
            while (_started == seen && !_stopped) Monitor.Wait(_gate);
            _asleep--;
            seen = _started;
        }
        return !_stopped;
    }

    /// <summary>A running loop.</summary>
    private abstract class Loop
    {
        private int _count, _grain, _next;
        private Exception? _failure;

        /// <summary>Does turns until none is left.</summary>
        public void Take(int slot)
        {
            try
            {
                for (int first = Next(); first < _count; first = Next()) Run(first, Math.Min(_count - first, _grain) + first, slot);
            }
            catch (Exception failure)
            {
                Interlocked.CompareExchange(ref _failure, failure, null);
                Volatile.Write(ref _next, _count);
            }
        }

        /// <summary>Throws what a turn has thrown.</summary>
        public void Finish()
        {
            Clear();
            if (_failure is { } failure) ExceptionDispatchInfo.Throw(failure);
        }

        protected void Start(int count, int grain)
        {
            _count = count;
            _grain = grain;
            _next = 0;
            _failure = null;
        }

        protected abstract void Run(int first, int limit, int slot);

        /// <summary>Forgets the body, so that it keeps nothing alive.</summary>
        protected abstract void Clear();

        // Each thread asks once more than there are chunks, so the counter stops before it could overflow.
        private int Next() => Volatile.Read(ref _next) >= _count ? _count : Interlocked.Add(ref _next, _grain) - _grain;
    }

    /// <summary>A loop of one type, used again and again.</summary>
    private sealed class Loop<TLoop> : Loop where TLoop : struct, IParallelLoop
    {
        private TLoop _body;

        public void Start(in TLoop body, int count, int grain)
        {
            _body = body;
            Start(count, grain);
        }

        protected override void Run(int first, int limit, int slot) => _body.Run(first, limit, slot);

        protected override void Clear() => _body = default;
    }
}

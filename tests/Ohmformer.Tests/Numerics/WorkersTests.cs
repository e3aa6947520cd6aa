using Ohmformer.Files;
using Ohmformer.Numerics;

namespace Ohmformer.Tests.Numerics;

public sealed class WorkersTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void Every_turn_is_done_once(int threads)
    {
        using var workers = new Workers(threads);
        Assert.Equal(threads, workers.Threads);
        foreach (int count in new[] { 0, 1, 2, 7, 64, 1001 })
            foreach (int grain in new[] { 1, 3, 64, int.MaxValue })
            {
                var turns = new int[count];
                workers.Run(count, grain, new Counting(turns, threads));
                Assert.All(turns, times => Assert.Equal(1, times));
            }
    }

    [Fact]
    public void Several_threads_take_part()
    {
        using var workers = new Workers(2);
        using var both = new Barrier(2);
        workers.Run(2, 1, new Meeting(both));
    }

    [Fact]
    public void A_loop_inside_a_loop_runs_on_the_thread_that_asks_for_it()
    {
        using var workers = new Workers(3);
        var turns = new int[20 * 30];
        workers.Run(20, 1, new Nested(workers, turns));
        Assert.All(turns, times => Assert.Equal(1, times));
    }

    [Fact]
    public void Threads_that_share_workers_do_not_disturb_each_other()
    {
        using var workers = new Workers(2);
        Parallel.For(0, 4, _ =>
        {
            for (int i = 0; i < 200; i++)
            {
                var turns = new int[50];
                workers.Run(50, 1, new Counting(turns, 2));
                Assert.All(turns, times => Assert.Equal(1, times));
            }
        });
    }

    [Fact]
    public void Loops_that_follow_a_pause_find_their_threads()
    {
        using var workers = new Workers(2);
        using var both = new Barrier(2);
        for (int i = 0; i < 5; i++)
        {
            Thread.Sleep(2);
            workers.Run(2, 1, new Meeting(both));
        }
    }

    [Fact]
    public void An_error_of_a_turn_reaches_the_caller_and_the_workers_go_on()
    {
        using var workers = new Workers(3);
        for (int bad = 0; bad < 40; bad++)
        {
            var error = Assert.Throws<InputException>(() => workers.Run(40, 1, new Failing(bad)));
            Assert.Equal($"turn {bad}", error.Message);
        }
        var turns = new int[40];
        workers.Run(40, 1, new Counting(turns, 3));
        Assert.All(turns, times => Assert.Equal(1, times));
    }

    [Fact]
    public void Fewer_threads_than_were_started_can_take_part()
    {
        using var workers = new Workers(3);
        using var both = new Barrier(2);
        foreach (int threads in new[] { 1, 2, 3, 2, 1 })
        {
            workers.Threads = threads;
            var turns = new int[300];
            workers.Run(300, 1, new Counting(turns, threads));
            Assert.All(turns, times => Assert.Equal(1, times));
        }
        workers.Threads = 2;
        workers.Run(2, 1, new Meeting(both));
        Assert.Throws<ArgumentOutOfRangeException>(() => workers.Threads = 0);
        Assert.Throws<ArgumentOutOfRangeException>(() => workers.Threads = 4);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(47)]
    [InlineData(97)]
    public void Tokens_of_an_integer_product_can_be_shared(int tokens)
    {
        using var workers = new Workers(3);
        var random = new Random(tokens);
        int[] weights = [.. Enumerable.Range(0, 5 * 7).Select(_ => random.Next(-127, 128))], x = [.. Enumerable.Range(0, tokens * 5).Select(_ => random.Next(-128, 128))];
        double[] expected = new double[tokens * 7], actual = new double[tokens * 7];
        IntegerMatrix.Reference(x, weights, tokens, 5, 7, expected);
        new IntegerMatrix(weights, 5, 7).Multiply(x, tokens, workers, actual);
        Assert.Equal(expected, actual);
    }

    [Fact]
    public void Loops_allocate_nothing_after_the_first()
    {
        using var workers = new Workers(2);
        var turns = new int[100];
        Assert.Equal(0, Allocations.Of(() =>
        {
            for (int i = 0; i < 100; i++) workers.Run(100, 1, new Counting(turns, 2));
        }));
    }

    [Fact]
    public void Workers_need_a_thread_a_grain_and_to_be_alive()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new Workers(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => Workers.One.Run(1, 0, new Failing(5)));
        var workers = new Workers(2);
        workers.Dispose();
        Assert.Throws<ObjectDisposedException>(() => workers.Run(2, 1, new Failing(5)));
    }

    private readonly struct Counting(int[] turns, int threads) : IParallelLoop
    {
        public void Run(int first, int limit, int slot)
        {
            if (slot < 0 || slot >= threads) throw new InvalidOperationException($"slot {slot}");
            for (int i = first; i < limit; i++) Interlocked.Increment(ref turns[i]);
        }
    }

    /// <summary>Ends only when two threads run a turn each.</summary>
    private readonly struct Meeting(Barrier both) : IParallelLoop
    {
        public void Run(int first, int limit, int slot)
        {
            if (!both.SignalAndWait(TimeSpan.FromSeconds(60))) throw new TimeoutException();
        }
    }

    private readonly struct Nested(Workers workers, int[] turns) : IParallelLoop
    {
        public void Run(int first, int limit, int slot)
        {
            for (int i = first; i < limit; i++) workers.Run(30, 1, new Inner(turns, i * 30, Environment.CurrentManagedThreadId));
        }
    }

    private readonly struct Inner(int[] turns, int origin, int thread) : IParallelLoop
    {
        public void Run(int first, int limit, int slot)
        {
            Assert.Equal(thread, Environment.CurrentManagedThreadId);
            for (int i = first; i < limit; i++) Interlocked.Increment(ref turns[origin + i]);
        }
    }

    private readonly struct Failing(int bad) : IParallelLoop
    {
        public void Run(int first, int limit, int slot)
        {
            if (first <= bad && bad < limit) throw new InputException($"turn {bad}");
        }
    }
}

using System.CommandLine;
using Ohmformer.Lab;
using Spectre.Console;

namespace Ohmformer.Cli;

/// <summary>What every command knows: where to print, the common options, and whether the user has interrupted.</summary>
internal sealed class Session
{
    private readonly TextWriter _error;
    private readonly string? _json;

    /// <summary>The session of one parsed command line.</summary>
    public Session(ParseResult parsed, CancellationToken cancellation)
    {
        var configuration = parsed.InvocationConfiguration;
        _error = configuration.Error;
        _json = parsed.GetValue(CommonOptions.Json);
        Quiet = parsed.GetValue(CommonOptions.Quiet);
        Seed = parsed.GetValue(CommonOptions.Seed);
        GivenSeed = parsed.GetResult(CommonOptions.Seed) is { Implicit: false } ? Seed : null;
        Threads = parsed.GetValue(CommonOptions.Threads);
        Cancellation = cancellation;
        Console = ConsoleOn(Quiet ? TextWriter.Null : configuration.Output);
    }

    /// <summary>Where results are printed.</summary>
    public IAnsiConsole Console { get; }

    /// <summary>Whether only errors are printed.</summary>
    public bool Quiet { get; }

    /// <summary>Seed of all random numbers.</summary>
    public ulong Seed { get; }

    /// <summary>The seed when the user gave one, else null.</summary>
    public ulong? GivenSeed { get; }

    /// <summary>Worker threads.</summary>
    public int Threads { get; }

    /// <summary>Fires when the user interrupts.</summary>
    public CancellationToken Cancellation { get; }

    /// <summary>Prints one line; its parts may carry markup, its values are printed as they are.</summary>
    public void Print(FormattableString line) => Console.MarkupLineInterpolated(line);

    /// <summary>Runs work that reports its progress: a bar on a terminal, a line now and then otherwise.</summary>
    public T WithProgress<T>(Func<IProgress<PhaseProgress>, T> work)
    {
        if (Quiet) return work(new SilentProgress());
        var console = ConsoleOn(_error);
        if (System.Console.IsErrorRedirected || !ReferenceEquals(_error, System.Console.Error)) return work(new LineProgress(_error));
        return console.Progress()
            .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .HideCompleted(false)
            .Start(context => work(new BarProgress(context)));
    }

    /// <summary>Writes the machine-readable result where the user asked for it.</summary>
    public void WriteJson<T>(T result)
    {
        if (_json is not null) ResultJson.Write(_json, result);
    }

    private static IAnsiConsole ConsoleOn(TextWriter writer)
    {
        bool terminal = ReferenceEquals(writer, System.Console.Out) && !System.Console.IsOutputRedirected
            || ReferenceEquals(writer, System.Console.Error) && !System.Console.IsErrorRedirected;
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = terminal ? AnsiSupport.Detect : AnsiSupport.No,
            Interactive = terminal ? InteractionSupport.Detect : InteractionSupport.No,
        });
        if (!terminal) console.Profile.Width = 160;
        return console;
    }

    private sealed class SilentProgress : IProgress<PhaseProgress>
    {
        public void Report(PhaseProgress value)
        {
        }
    }

    private sealed class LineProgress(TextWriter writer) : IProgress<PhaseProgress>
    {
        private readonly Lock _lock = new();
        private readonly System.Diagnostics.Stopwatch _sinceLine = System.Diagnostics.Stopwatch.StartNew();

        public void Report(PhaseProgress value)
        {
            lock (_lock)
            {
                if (_sinceLine.Elapsed.TotalSeconds < 5) return;
                writer.WriteLine($"{value.Phase}: {value.Done} of {value.Total}{(value.Detail is null ? "" : ", " + value.Detail)}");
                _sinceLine.Restart();
            }
        }
    }

    private sealed class BarProgress(ProgressContext context) : IProgress<PhaseProgress>
    {
        private readonly Lock _lock = new();
        private readonly Dictionary<string, ProgressTask> _tasks = [];

        public void Report(PhaseProgress value)
        {
            lock (_lock)
            {
                if (!_tasks.TryGetValue(value.Phase, out var task))
                    _tasks[value.Phase] = task = context.AddTask(Markup.Escape(value.Phase), maxValue: Math.Max(1, value.Total));
                task.Value = Math.Max(task.Value, value.Done);
                if (value.Detail is not null) task.Description = Markup.Escape($"{value.Phase} ({value.Detail})");
            }
        }
    }
}

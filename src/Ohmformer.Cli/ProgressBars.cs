using Ohmformer.Lab;
using Spectre.Console;

namespace Ohmformer.Cli;

/// <summary>Progress on a terminal: a bar for the phase that runs, gone when the work is done.</summary>
internal sealed class ProgressBars : IProgress<PhaseProgress>
{
    private const int NarrowTerminal = 120, NarrowBar = 12, WideBar = 40;

    private readonly ProgressContext _context;
    private readonly Lock _lock = new();
    private readonly Dictionary<string, ProgressTask> _tasks = [];

    private ProgressBars(ProgressContext context) => _context = context;

    /// <summary>Runs work and shows its progress.</summary>
    public static T Show<T>(TextWriter terminal, Func<IProgress<PhaseProgress>, T> work)
    {
        var console = Printer.ConsoleOn(terminal, terminal: true);
        return console.Progress()
            .AutoClear(true)
            .HideCompleted(true)
            .Columns(
                new TaskDescriptionColumn { Alignment = Justify.Left },
                new ProgressBarColumn { Width = console.Profile.Width < NarrowTerminal ? NarrowBar : WideBar },
                new PercentageColumn(),
                new RemainingTimeColumn())
            .Start(context => work(new ProgressBars(context)));
    }

    /// <inheritdoc/>
    public void Report(PhaseProgress value)
    {
        lock (_lock)
        {
            if (!_tasks.TryGetValue(value.Phase, out var task))
                _tasks[value.Phase] = task = _context.AddTask(Markup.Escape(value.Phase), maxValue: Math.Max(1, value.Total));
            task.Value = Math.Max(task.Value, value.Done);
            if (value.Detail is not null) task.Description = Markup.Escape($"{value.Phase}: {value.Detail}");
        }
    }
}

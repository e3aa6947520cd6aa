using System.CommandLine;
using Ohmformer.Files;
using Ohmformer.Lab;
using Spectre.Console.Rendering;

namespace Ohmformer.Cli;

/// <summary>What every command knows: where to print, the common options, and whether the user has interrupted.</summary>
internal sealed class Session
{
    private readonly TextWriter _error;
    private readonly Printer _printer;
    private readonly string? _json;

    /// <summary>The session of one parsed command line.</summary>
    /// <exception cref="Files.InputException">The file of --json cannot be written.</exception>
    public Session(ParseResult parsed, CancellationToken cancellation)
    {
        var configuration = parsed.InvocationConfiguration;
        Quiet = parsed.GetValue(CommonOptions.Quiet);
        Seed = parsed.GetValue(CommonOptions.Seed);
        GivenSeed = parsed.GetResult(CommonOptions.Seed) is { Implicit: false } ? Seed : null;
        Threads = parsed.GetValue(CommonOptions.Threads);
        Cancellation = cancellation;
        _error = configuration.Error;
        _printer = new Printer(Quiet ? TextWriter.Null : configuration.Output);
        _json = parsed.GetValue(CommonOptions.Json) is { } json ? OutputFile(json) : null;
    }

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

    /// <summary>The path of a file that will be written, checked now and not after minutes of work.</summary>
    /// <exception cref="Files.InputException">It cannot be written.</exception>
    public static string OutputFile(string path)
    {
        AtomicFile.CheckWritable(path);
        return path;
    }

    /// <summary>Prints one line; its text may carry markup, its values are printed as they are.</summary>
    public void Print(FormattableString line) => _printer.Line(line);

    /// <summary>Prints a table.</summary>
    public void Print(IRenderable table) => _printer.Table(table);

    /// <summary>Prints text as it is.</summary>
    public void PrintText(string text) => _printer.Text(text);

    /// <summary>Runs work that reports its progress: a bar on a terminal, a line now and then otherwise, nothing when quiet.</summary>
    public T WithProgress<T>(Func<IProgress<PhaseProgress>, T> work) => Quiet
        ? work(new ProgressLines(TextWriter.Null))
        : Printer.IsTerminal(_error) ? ProgressBars.Show(_error, work) : work(new ProgressLines(_error));

    /// <summary>Writes the machine-readable result where the user asked for it.</summary>
    public void WriteJson<T>(T result)
    {
        if (_json is not null) ResultJson.Write(_json, result);
    }
}

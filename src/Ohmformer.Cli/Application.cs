using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Parsing;
using Ohmformer.Cli.Commands;
using Ohmformer.Files;
using Ohmformer.Lab;
using Ohmformer.Lab.Designs;

namespace Ohmformer.Cli;

/// <summary>The command line: what commands there are, how errors become messages and exit codes.</summary>
/// <remarks>Exit codes: 0 success, 1 failure (disk full, interrupted, a defect), 2 wrong usage or unusable input.</remarks>
internal static class Application
{
    /// <summary>A leading @ is part of a name, not a file with more arguments.</summary>
    private static readonly ParserConfiguration Plain = new() { ResponseFileTokenReplacer = null };

    /// <summary>Runs one command line.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(string[] args, TextWriter output, TextWriter error)
    {
        var parsed = Parse(args);
        if (parsed.Errors.Count > 0 && parsed.Action is not ExampleHelp)
        {
            foreach (string problem in Problems(parsed)) await error.WriteLineAsync("error: " + problem);
            await error.WriteLineAsync($"Run '{Path(parsed.CommandResult)} --help' for the options and an example.");
            return 2;
        }

        var configuration = new InvocationConfiguration
        {
            Output = output,
            Error = error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = TimeSpan.FromSeconds(20),
        };
        try
        {
            return await parsed.InvokeAsync(configuration);
        }
        catch (Exception failure)
        {
            var (code, message) = Explain(failure);
            await error.WriteLineAsync(message);
            return code;
        }
    }

    /// <summary>Parses a command line without running it.</summary>
    internal static ParseResult Parse(string[] args) => CreateRoot().Parse(args, Plain);

    /// <summary>The root of all commands.</summary>
    internal static Command CreateRoot()
    {
        var root = new Command("ohmformer", "Accuracy, energy, latency and area of transformers on analog in-memory-computing hardware.")
        {
            EvaluateCommand.Create(),
            CompareCommand.Create(),
            CostCommand.Create(),
            TrainCommand.Create(),
            ModelCommand.Create(),
            ArrayCommand.Create(),
            DesignCommand.Create(),
            DataCommand.Create(),
            BenchCommand.Create(),
            ReproduceCommand.Create(),
            new HelpOption(),
            new VersionOption(),
        };
        CommonOptions.AddTo(root);
        ExampleHelp.Install(root);
        return ExampleHelp.WithExamples(root, "ohmformer evaluate", "ohmformer cost --model deit-small", "ohmformer design list");
    }

    /// <summary>What is wrong with a command line. Names that are not known come alone: what follows them was misread.</summary>
    private static IEnumerable<string> Problems(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        string[] unknown = [.. parsed.UnmatchedTokens], options = [.. unknown.Where(t => t.StartsWith('-'))];
        string[] commands = [.. command.Subcommands.Select(c => c.Name)];
        if (options.Length > 0) return options.Select(o => $"unknown option {Wording.Quote(o)}{Wording.Allowed(o, OptionNames(parsed.CommandResult))}");
        if (unknown.Length > 0 && commands.Length > 0) return [$"unknown command {Wording.Quote(unknown[0])}{Wording.Allowed(unknown[0], commands)}"];
        if (unknown.Length > 0) return [$"{Path(parsed.CommandResult)} does not take the argument {Wording.Quote(unknown[0])}; name options with two hyphens."];
        if (commands.Length > 0) return [$"a command is missing{Wording.Allowed("", commands)}"];
        return parsed.Errors.Select(e => e.Message).Distinct();
    }

    private static IEnumerable<string> OptionNames(SymbolResult? result) => result is CommandResult { Command.Options: var options }
        ? options.Select(o => o.Name).Concat(OptionNames(result.Parent)).Where(name => name != "--version").Distinct()
        : [];

    /// <summary>The exit code and the message of a failure.</summary>
    private static (int Code, string Message) Explain(Exception failure) => failure switch
    {
        AggregateException { InnerExceptions: [var first, ..] } => Explain(first),
        // Several problems of a file come one to a line.
        InputException => (2, "error: " + failure.Message.Replace("\n", "\nerror: ", StringComparison.Ordinal)),
        InterruptedException => (1, "stopped: " + failure.Message),
        OperationCanceledException => (1, "stopped: interrupted before the end; nothing was written."),
        UnauthorizedAccessException => (1, $"error: {failure.Message} Choose a place you may write to."),
        IOException => (1, $"error: {failure.Message.TrimEnd('.')}. Check the path and the free space of the disk."),
        OutOfMemoryException => (1, "error: out of memory. Use fewer --threads or a smaller model."),
        _ => (1, $"error: {failure.GetType().Name}: {failure.Message} This is a defect of Ohmformer; please report it with the command line."),
    };

    private static string Path(CommandResult result) =>
        result.Parent is CommandResult parent ? $"{Path(parent)} {result.Command.Name}" : result.Command.Name;
}

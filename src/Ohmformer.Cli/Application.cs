using System.CommandLine;
using System.CommandLine.Help;
using Ohmformer.Cli.Commands;
using Ohmformer.Physics;

namespace Ohmformer.Cli;

/// <summary>The command line: what commands there are, how errors become messages and exit codes.</summary>
/// <remarks>Exit codes: 0 success, 1 failure (disk full, interrupted, a defect), 2 wrong usage or unusable input.</remarks>
internal static class Application
{
    /// <summary>Runs one command line.</summary>
    /// <returns>The exit code.</returns>
    public static async Task<int> RunAsync(string[] args, TextWriter output, TextWriter error)
    {
        var parsed = CreateRoot().Parse(args);
        if (parsed.Errors.Count > 0 && parsed.Action is not ExampleHelp)
        {
            foreach (var problem in parsed.Errors.DistinctBy(e => e.Message)) await error.WriteLineAsync("error: " + problem.Message);
            string command = string.Join(' ', CommandPath(parsed.CommandResult));
            await error.WriteLineAsync($"Run '{command} --help' for the options and an example.");
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
        catch (Exception failure) when (Explain(failure) is var (code, message))
        {
            await error.WriteLineAsync(message);
            return code;
        }
    }

    private static Command CreateRoot()
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
            new HelpOption(),
            new VersionOption(),
        };
        CommonOptions.AddTo(root);
        ExampleHelp.Install(root);
        return root;
    }

    /// <summary>The message and exit code of a failure; null lets a defect of the program surface with its stack trace in debug builds.</summary>
    private static (int Code, string Message)? Explain(Exception failure) => failure switch
    {
        AggregateException { InnerExceptions: [var only, ..] } => Explain(only),
        InputException => (2, "error: " + failure.Message),
        OperationCanceledException => (1, "stopped: interrupted before the end; nothing was written except checkpoints."),
        UnauthorizedAccessException => (1, "error: " + failure.Message + " Choose a place you may write to."),
        IOException => (1, "error: " + failure.Message + " Check the path and the free space of the disk."),
        OutOfMemoryException => (1, "error: out of memory. Use fewer --threads or a smaller model."),
        _ => (1, $"error: unexpected {failure.GetType().Name}: {failure.Message} This is a defect of Ohmformer; please report it with the command line."),
    };

    private static IEnumerable<string> CommandPath(System.CommandLine.Parsing.CommandResult result) =>
        result.Parent is System.CommandLine.Parsing.CommandResult parent
            ? CommandPath(parent).Append(result.Command.Name)
            : [result.Command.Name];
}

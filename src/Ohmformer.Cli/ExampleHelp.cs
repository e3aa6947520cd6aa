using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Ohmformer.Cli;

/// <summary>Prints the usual help and then the examples of the command.</summary>
internal sealed class ExampleHelp : SynchronousCommandLineAction
{
    private static readonly Dictionary<Command, string[]> Examples = [];
    private readonly HelpAction _usual;

    private ExampleHelp(HelpAction usual) => _usual = usual;

    /// <summary>Gives a command its examples.</summary>
    public static T WithExamples<T>(T command, params string[] examples)
        where T : Command
    {
        lock (Examples) Examples[command] = examples;
        return command;
    }

    /// <summary>Puts the examples into the help of all commands below a root.</summary>
    public static void Install(Command root)
    {
        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new ExampleHelp((HelpAction)help.Action!);
    }

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        int code = _usual.Invoke(parseResult);
        var output = parseResult.InvocationConfiguration.Output;
        string[]? examples;
        lock (Examples) Examples.TryGetValue(parseResult.CommandResult.Command, out examples);
        examples ??= ["ohmformer evaluate", "ohmformer cost --model deit-small", "ohmformer design list"];
        output.WriteLine(examples.Length == 1 ? "Example:" : "Examples:");
        foreach (string example in examples) output.WriteLine("  " + example);
        output.WriteLine();
        return code;
    }
}

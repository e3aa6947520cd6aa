using System.CommandLine;
using System.CommandLine.Parsing;
using Ohmformer.Cli;
using static Ohmformer.Tests.Cli.CommandLine;

namespace Ohmformer.Tests.Cli;

/// <summary>What the command line says to wrong usage, and its help.</summary>
public sealed class UsageTests
{
    [Theory]
    [InlineData("a command is missing; allowed: evaluate, compare, cost, train, model, array, design, data", "")]
    [InlineData("unknown command 'evaluat'; allowed: evaluate,", "evaluat")]
    [InlineData("did you mean 'evaluate'?", "evaluat")]
    [InlineData("'ohmformer design --help'", "design")]
    [InlineData("a command is missing; allowed: list, info, logits", "model")]
    [InlineData("unknown option '--sampels'; allowed: --design,", "evaluate --sampels 3")]
    [InlineData("did you mean '--samples'?", "evaluate --sampels 3")]
    [InlineData("does not take the argument 'rram-default'", "evaluate rram-default")]
    [InlineData("Option '--weights' is required", "array multiply --inputs x.npy --output y.npy")]
    [InlineData("Option '--recipe' is required", "train --output x")]
    [InlineData("Option '--inputs' is required", "model logits --model x --output y")]
    [InlineData("argument missing for option: '--samples'", "evaluate --samples")]
    [InlineData("argument missing for command: 'show'", "design show")]
    [InlineData("--samples is 'many'; it must be a whole number from 0 to 2147483647", "evaluate --samples many")]
    [InlineData("--samples is '-1'; it must be", "evaluate --samples -1")]
    [InlineData("--samples is '99999999999'; it must be", "evaluate --samples 99999999999")]
    [InlineData("--samples is '1.5'; it must be", "evaluate --samples 1.5")]
    [InlineData("--noise-seeds is '0'; it must be a whole number from 1", "evaluate --noise-seeds 0")]
    [InlineData("--threads is '0'; it must be a whole number from 1 to 1024", "evaluate --threads 0")]
    [InlineData("--threads is '1025'", "cost --threads 1025")]
    [InlineData("--seed is '-1'; it must be a whole number from 0 to 18446744073709551615", "evaluate --seed -1")]
    [InlineData("--designs names no design", "compare --designs ,")]
    [InlineData("'no-such-model' is neither a directory", "cost --model no-such-model")]
    [InlineData("did you mean 'deit-small'?", "model info deit-smal")]
    [InlineData("only the sizes are known; this command needs weights", "evaluate --model deit-small")]
    [InlineData("did you mean 'isaac-rram'?", "cost --model deit-small --design isaac-ram")]
    [InlineData("no preset 'isaac' in designs; allowed: clipformer-rram,", "compare --designs rram-default,isaac")]
    [InlineData("no-such.yaml(1,1): the file does not exist", "design check no-such.yaml")]
    [InlineData("the exact part runs no model", "reproduce trex --exact --models vit-digits --output x-no-such")]
    [InlineData("others need --full", "reproduce trex --quick --models vit-cifar10 --output x-no-such")]
    [InlineData("no-such.yaml(1,1): the file does not exist", "train --recipe no-such.yaml --output x-no-such")]
    [InlineData("'@arguments'", "evaluate @arguments")]
    public void Wrong_usage_is_refused_with_advice(string message, string line) =>
        RefusedWith(message, line.Split(' ', StringSplitOptions.RemoveEmptyEntries));

    [Fact]
    public void An_empty_path_is_refused()
    {
        RefusedWith("is empty", "cost", "--model", "deit-tiny", "--json", "");
        RefusedWith("'' is neither a directory", "cost", "--model", "");
    }

    [Fact]
    public void Every_command_has_examples_in_its_help_and_all_of_them_parse()
    {
        foreach (var (command, path) in Commands(Application.CreateRoot(), []))
        {
            string help = Accepted([.. path, "--help"]);
            var examples = ExampleHelp.Of(command);
            Assert.True(examples.Count > 0, $"{command.Name} has no example");
            Assert.All(examples, example => Assert.Contains(example, help, StringComparison.Ordinal));
            foreach (string example in examples)
            {
                string[] words = [.. CommandLineParser.SplitCommandLine(example.Split(" > ")[0])];
                var parsed = Application.Parse(words[1..]);
                Assert.Equal("ohmformer", words[0]);
                Assert.True(parsed.Errors.Count == 0, $"{example}: {string.Join(", ", parsed.Errors)}");
                Assert.NotEqual("ohmformer", parsed.CommandResult.Command.Name);
            }
            foreach (string option in new[] { "--json", "--seed", "--threads", "--quiet", "--help" }) Assert.Contains(option, help, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Version_is_printed() => Assert.Matches(@"^\d+\.\d+\.\d+", Accepted("--version"));

    private static IEnumerable<(Command Command, string[] Path)> Commands(Command command, string[] path)
    {
        yield return (command, path);
        foreach (var child in command.Subcommands)
            foreach (var found in Commands(child, [.. path, child.Name])) yield return found;
    }
}

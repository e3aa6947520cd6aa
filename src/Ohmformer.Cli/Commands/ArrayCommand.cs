using System.CommandLine;
using Ohmformer.Lab.Runs;
using static System.FormattableString;

namespace Ohmformer.Cli.Commands;

/// <summary>ohmformer array multiply: one integer matrix product on the weight macro of a design.</summary>
internal static class ArrayCommand
{
    public static Command Create() => ExampleHelp.WithExamples(
        new Command("array", "Use the arrays of a design directly.") { Multiply() },
        "ohmformer array multiply --weights W.npy --inputs x.npy --design my-design.yaml --output y.npy");

    private static Command Multiply()
    {
        var weights = new Option<string>("--weights") { Description = "Integer weights [k, n] as .npy.", HelpName = "FILE", Required = true };
        var inputs = new Option<string>("--inputs") { Description = "Integer inputs [t, k] as .npy.", HelpName = "FILE", Required = true };
        var design = CommonOptions.Design("Hardware design, of which the macro for static weights is used");
        var output = new Option<string>("--output") { Description = "Result [t, n] as .npy, float64, in integer units.", HelpName = "FILE", Required = true };
        var command = new Command("multiply", "y = x W on the arrays of a design, operands and result in integer units.") { weights, inputs, design, output };
        command.Does((parsed, session) =>
        {
            string path = Session.OutputFile(parsed.GetRequiredValue(output));
            var result = session.WithProgress(progress => ArrayRun.Multiply(
                parsed.GetRequiredValue(weights), parsed.GetRequiredValue(inputs), parsed.GetRequiredValue(design), path,
                session.Seed, session.Threads, progress, session.Cancellation));
            session.Print($"[[{result.Tokens}, {result.Inputs}]] x [[{result.Inputs}, {result.Outputs}]] on {result.Design}: {path}");
            session.Print($"against the integer product: {(result.SnrDecibel is { } snr ? Invariant($"SNR {snr:F1} dB") : "equal")}");
            if (result.ClippedShare is { } clipped) session.Print($"clipped conversions: {ResultTables.Percent(clipped)}{(result.Tokens > ArrayRun.BlockTokens ? $" of the first {ArrayRun.BlockTokens} vectors" : "")}");
            session.WriteJson(result);
        });
        return ExampleHelp.WithExamples(
            command,
            "ohmformer array multiply --weights W.npy --inputs x.npy --design isaac-rram --output y.npy --seed 7");
    }
}

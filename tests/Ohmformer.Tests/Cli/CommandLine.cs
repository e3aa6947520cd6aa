using Ohmformer.Cli;

namespace Ohmformer.Tests.Cli;

/// <summary>What one command line did.</summary>
internal sealed record Outcome(int Code, string Output, string Error);

/// <summary>Runs command lines in this process.</summary>
internal static class CommandLine
{
    /// <summary>Runs a command line, whatever comes of it.</summary>
    public static Outcome Run(params string[] args)
    {
        using StringWriter output = new(), error = new();
        int code = Task.Run(() => Application.RunAsync(args, output, error)).GetAwaiter().GetResult();
        return new(code, output.ToString(), error.ToString());
    }

    /// <summary>Runs a command line that must succeed.</summary>
    /// <returns>What it printed.</returns>
    public static string Accepted(params string[] args)
    {
        var outcome = Run(args);
        Assert.True(outcome.Code == 0, $"{string.Join(' ', args)}: exit code {outcome.Code}: {outcome.Error}");
        return outcome.Output;
    }

    /// <summary>Runs a command line that is the user's mistake: exit code 2 and a message for people.</summary>
    /// <returns>The message.</returns>
    public static string Refused(params string[] args) => Failed(2, args);

    /// <summary>Runs a command line that must fail with a message for people.</summary>
    /// <returns>The message.</returns>
    public static string Failed(int code, params string[] args)
    {
        var outcome = Run(args);
        Assert.True(outcome.Code == code, $"{string.Join(' ', args)}: exit code {outcome.Code}, expected {code}: {outcome.Error}");
        Assert.Empty(outcome.Output);
        Assert.StartsWith("error: ", outcome.Error, StringComparison.Ordinal);
        foreach (string sign in new[] { "   at ", "unexpected", "defect", "Exception", "System." }) Assert.DoesNotContain(sign, outcome.Error, StringComparison.Ordinal);
        return outcome.Error;
    }

    /// <summary>Runs a command line that is the user's mistake, and checks what the message says.</summary>
    public static void RefusedWith(string message, params string[] args) => Assert.Contains(message, Refused(args), StringComparison.Ordinal);
}

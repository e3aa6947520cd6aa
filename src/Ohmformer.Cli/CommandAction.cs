using System.CommandLine;

namespace Ohmformer.Cli;

/// <summary>Binds a command to what it does.</summary>
internal static class CommandAction
{
    /// <summary>
    /// Runs the body on a worker thread, so that the first Ctrl-C reaches the session's cancellation token and the body can stop cleanly.
    /// </summary>
    public static void Does(this Command command, Action<ParseResult, Session> body) =>
        command.SetAction((parsed, cancellation) => Task.Run(() =>
        {
            body(parsed, new Session(parsed, cancellation));
            return 0;
        }, CancellationToken.None));
}

using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Ohmformer.Cli;

/// <summary>
/// Prints lines and tables: as wide as the terminal and with its colors, or as plain text where the output is redirected, whose
/// lines are not wrapped and end without spaces.
/// </summary>
internal sealed class Printer(TextWriter writer)
{
    private const int RedirectedTableWidth = 160, Unwrapped = 1 << 20;

    private readonly IAnsiConsole? _terminal = IsTerminal(writer) ? ConsoleOn(writer, terminal: true) : null;

    /// <summary>Whether a writer is the terminal.</summary>
    public static bool IsTerminal(TextWriter writer) =>
        (ReferenceEquals(writer, Console.Out) && !Console.IsOutputRedirected) || (ReferenceEquals(writer, Console.Error) && !Console.IsErrorRedirected);

    /// <summary>A console of the drawing library on a writer.</summary>
    public static IAnsiConsole ConsoleOn(TextWriter writer, bool terminal) => AnsiConsole.Create(new AnsiConsoleSettings
    {
        Out = new AnsiConsoleOutput(writer),
        Ansi = terminal ? AnsiSupport.Detect : AnsiSupport.No,
        Interactive = terminal ? InteractionSupport.Detect : InteractionSupport.No,
    });

    /// <summary>Prints one line; its text may carry markup, its values are printed as they are.</summary>
    public void Line(FormattableString line) => Print(Markup.FromInterpolated(CultureInfo.InvariantCulture, $"{line}\n"), Unwrapped);

    /// <summary>Prints a table.</summary>
    public void Table(IRenderable table) => Print(table, RedirectedTableWidth);

    /// <summary>Prints text as it is.</summary>
    public void Text(string text) => writer.Write(text);

    private void Print(IRenderable content, int redirectedWidth)
    {
        if (_terminal is not null)
        {
            _terminal.Write(content);
            return;
        }
        using var text = new StringWriter { NewLine = "\n" };
        var console = ConsoleOn(text, terminal: false);
        console.Profile.Width = redirectedWidth;
        console.Write(content);
        foreach (string line in text.ToString().TrimEnd().Split('\n')) writer.WriteLine(line.TrimEnd());
    }
}

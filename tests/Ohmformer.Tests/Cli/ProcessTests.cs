using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Ohmformer.Tests.Cli;

/// <summary>What only a process of its own shows: Ctrl-C, and a disk that is full.</summary>
public sealed partial class ProcessTests : IDisposable
{
    private const int Interrupt = 2; // SIGINT
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly TinyInputs _inputs = new();

    public void Dispose() => _inputs.Dispose();

    [UnixFact]
    public void Ctrl_C_stops_an_evaluation_with_one_line_and_without_a_run_folder()
    {
        var before = _inputs.Content();
        using var process = Start(["evaluate", "--noise-seeds", "10000", "--output", _inputs.File("run"), .. _inputs.Evaluation()]);
        WaitForProgress(process);
        Send(process, Interrupt);
        var (code, lines) = End(process);
        Assert.Equal(1, code);
        Assert.Equal("stopped: interrupted before the end; nothing was written.", lines[^1]);
        Assert.All(lines[..^1], line => Assert.Matches(@"^analog, seed \d+: \d+ of \d+$", line));
        Assert.Equal(before, _inputs.Content());
    }

    [UnixFact]
    public void Ctrl_C_stops_a_training_that_goes_on_later()
    {
        string recipe = _inputs.Write("recipe.yaml", $$"""
            name: tiny
            task: { type: images, data: "{{_inputs.IdxFolder()}}", patchSize: 3 }
            network: { layers: 1, hidden: 4, heads: 2, intermediate: 4 }
            optimization: { epochs: 1000000 }
            """);
        using var process = Start(["train", "--recipe", recipe, "--output", _inputs.File("trained")]);
        WaitForProgress(process);
        Send(process, Interrupt);
        var (code, lines) = End(process);
        Assert.Equal(1, code);
        Assert.Equal($"stopped: the checkpoint is saved in {_inputs.File("trained")}; the same command with --resume goes on.", lines[^1]);
        Assert.True(File.Exists(_inputs.File("trained/checkpoint.bin")));
        Assert.False(File.Exists(_inputs.File("trained/model.safetensors")));
    }

    /// <summary>A limit on the size of files stands in for a disk that fills up while results are written.</summary>
    [UnixFact]
    public void A_disk_that_fills_up_leaves_nothing_half_written()
    {
        var before = _inputs.Content();
        using var process = Start(["evaluate", "--noise-seeds", "1", "--output", _inputs.File("run"), .. _inputs.Evaluation()], fileKilobytes: 4);
        var (code, lines) = End(process);
        Assert.Equal(1, code);
        Assert.StartsWith("error: ", lines[^1], StringComparison.Ordinal);
        Assert.EndsWith("Check the path and the free space of the disk.", lines[^1], StringComparison.Ordinal);
        Assert.Equal(before, _inputs.Content());
    }

    /// <summary>Starts the command line that was built beside the tests, as a shell would, with SIGINT at its default.</summary>
    private static Process Start(string[] args, int? fileKilobytes = null)
    {
        string program = Path.Combine(AppContext.BaseDirectory, "Ohmformer.Cli.dll");
        string limit = fileKilobytes is { } size ? $"trap '' XFSZ; ulimit -f {size}; " : "";
        var start = new ProcessStartInfo("/bin/bash", ["-c", limit + "exec \"$@\"", "bash", Environment.ProcessPath is { } host && Path.GetFileNameWithoutExtension(host) == "dotnet" ? host : "dotnet", "exec", program, .. args])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true,
        };
        start.Environment["DOTNET_EnableWriteXorExecute"] = "0"; // Its files in memory would count against the limit.
        return Process.Start(start) ?? throw new InvalidOperationException("The program did not start.");
    }

    /// <summary>Returns after the first line of progress, which shows that the work has begun.</summary>
    private static void WaitForProgress(Process process) => Assert.NotNull(process.StandardError.ReadLineAsync().WaitAsync(Patience).GetAwaiter().GetResult());

    private static (int Code, string[] Lines) End(Process process)
    {
        var error = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(Patience))
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail("The program did not stop.");
        }
        return (process.ExitCode, error.GetAwaiter().GetResult().Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    private static void Send(Process process, int signal) => Assert.Equal(0, Kill(process.Id, signal));

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);

    /// <summary>A test that needs the signals and limits of Unix.</summary>
    [AttributeUsage(AttributeTargets.Method)]
    private sealed class UnixFactAttribute : FactAttribute
    {
        public UnixFactAttribute()
        {
            if (OperatingSystem.IsWindows() || !File.Exists("/bin/bash")) Skip = "skipped: needs the signals and limits of a Unix shell";
        }
    }
}

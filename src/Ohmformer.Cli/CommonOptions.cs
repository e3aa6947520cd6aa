using System.CommandLine;

namespace Ohmformer.Cli;

/// <summary>The options that every command has.</summary>
internal static class CommonOptions
{
    /// <summary>Where to write machine-readable results.</summary>
    public static readonly Option<string?> Json = new("--json")
    {
        Description = "Write the results as JSON to this file.",
        HelpName = "FILE",
        Recursive = true,
    };

    /// <summary>Seed of all random numbers.</summary>
    public static readonly Option<ulong> Seed = new("--seed")
    {
        Description = "Seed of all random numbers; same seed, same result, whatever the threads.",
        HelpName = "N",
        DefaultValueFactory = _ => 1,
        Recursive = true,
    };

    /// <summary>Worker threads.</summary>
    public static readonly Option<int> Threads = new("--threads")
    {
        Description = "Worker threads.",
        HelpName = "N",
        DefaultValueFactory = _ => Environment.ProcessorCount,
        Recursive = true,
    };

    /// <summary>Print errors only.</summary>
    public static readonly Option<bool> Quiet = new("--quiet")
    {
        Description = "Print nothing but errors.",
        Recursive = true,
    };

    static CommonOptions() => Threads.Validators.Add(result =>
    {
        if (result.Tokens.Count > 0 && int.TryParse(result.Tokens[0].Value, out int threads) && threads is < 1 or > 1024)
            result.AddError($"--threads is {threads}; allowed are 1 to 1024.");
    });

    /// <summary>Adds the options to the root, from where every command inherits them.</summary>
    public static void AddTo(Command root)
    {
        root.Options.Add(Json);
        root.Options.Add(Seed);
        root.Options.Add(Threads);
        root.Options.Add(Quiet);
    }
}

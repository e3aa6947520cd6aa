using System.CommandLine;
using System.Globalization;
using System.Numerics;
using Ohmformer.Lab.Designs;
using Ohmformer.Lab.Runs;

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
    public static readonly Option<ulong> Seed =
        Whole<ulong>("--seed", "Seed of all random numbers; same seed, same result, whatever the threads.", 0, ulong.MaxValue, 1);

    /// <summary>Worker threads.</summary>
    public static readonly Option<int> Threads = Whole("--threads", "Worker threads.", 1, 1024, Environment.ProcessorCount);

    /// <summary>Print errors only.</summary>
    public static readonly Option<bool> Quiet = new("--quiet")
    {
        Description = "Print nothing but errors.",
        Recursive = true,
    };

    static CommonOptions() => Seed.Recursive = Threads.Recursive = true;

    /// <summary>Adds the options to the root, from where every command inherits them.</summary>
    public static void AddTo(Command root)
    {
        root.Options.Add(Json);
        root.Options.Add(Seed);
        root.Options.Add(Threads);
        root.Options.Add(Quiet);
    }

    /// <summary>The option --tokens.</summary>
    public static Option<int> TokensOfInput() =>
        Whole("--tokens", "Tokens of the input, such as the length of a text; 0 for the longest that the model was made for.", 0, 1 << 20, 0);

    /// <summary>The option --design.</summary>
    /// <param name="description">What the design is for.</param>
    public static Option<string> Design(string description) => new("--design")
    {
        Description = $"{description}: a name from 'design list' or a YAML file.",
        HelpName = "DESIGN",
        DefaultValueFactory = _ => EvaluationRequest.DefaultDesign,
    };

    /// <summary>An option that takes a whole number of a range.</summary>
    public static Option<T> Whole<T>(string name, string description, T smallest, T largest, T byDefault)
        where T : struct, IBinaryInteger<T> => new(name)
        {
            Description = description,
            HelpName = "N",
            DefaultValueFactory = _ => byDefault,
            CustomParser = result =>
            {
                string text = result.Tokens[^1].Value;
                if (T.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out T value) && value >= smallest && value <= largest) return value;
                result.AddError(string.Create(CultureInfo.InvariantCulture, $"{name} is {Wording.Quote(text)}; it must be a whole number from {smallest} to {largest}."));
                return byDefault;
            },
        };
}

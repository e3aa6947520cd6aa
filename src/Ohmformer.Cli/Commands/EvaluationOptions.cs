using System.CommandLine;
using Ohmformer.Lab.Runs;

namespace Ohmformer.Cli.Commands;

/// <summary>The options that evaluate and compare share.</summary>
internal sealed class EvaluationOptions
{
    private readonly Option<string> _model = new("--model")
    {
        Description = "Model: a shipped name or a directory with config.json and model.safetensors.",
        HelpName = "MODEL",
        DefaultValueFactory = _ => EvaluationRequest.DefaultModel,
    };

    private readonly Option<string?> _data = new("--data")
    {
        Description = "Labeled images: idx, CIFAR-10 or .npy; by default the digits shipped with Ohmformer.",
        HelpName = "PATH",
    };

    private readonly Option<int> _samples = new("--samples")
    {
        Description = "Samples to evaluate, from the start of the set; 0 for all.",
        HelpName = "N",
        DefaultValueFactory = _ => EvaluationRequest.DefaultSamples,
    };

    private readonly Option<int> _noiseSeeds = new("--noise-seeds")
    {
        Description = "Noise seeds for the analog accuracy: seed, seed + 1, ...",
        HelpName = "N",
        DefaultValueFactory = _ => EvaluationRequest.DefaultNoiseSeeds,
    };

    public EvaluationOptions()
    {
        _samples.Validators.Add(AtLeast("--samples", 0));
        _noiseSeeds.Validators.Add(AtLeast("--noise-seeds", 1));
    }

    public void AddTo(Command command)
    {
        command.Options.Add(_model);
        command.Options.Add(_data);
        command.Options.Add(_samples);
        command.Options.Add(_noiseSeeds);
    }

    public EvaluationRequest Request(ParseResult parsed, Session session, string design) => new()
    {
        Model = parsed.GetRequiredValue(_model),
        Data = parsed.GetValue(_data),
        Design = design,
        Samples = parsed.GetValue(_samples),
        NoiseSeeds = parsed.GetValue(_noiseSeeds),
        Seed = session.Seed,
        Threads = session.Threads,
    };

    private static Action<System.CommandLine.Parsing.OptionResult> AtLeast(string name, int smallest) => result =>
    {
        if (result.Tokens.Count > 0 && int.TryParse(result.Tokens[0].Value, out int value) && value < smallest)
            result.AddError($"{name} is {value}; the smallest allowed value is {smallest}.");
    };
}

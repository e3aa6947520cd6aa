using System.CommandLine;
using Ohmformer.Lab.Runs;
using Ohmformer.Lab.Zoo;

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
        Description = "Data of the model's task, see 'data list': images, audio features, GLUE .tsv, SQuAD .json, text; by default what the model's card names.",
        HelpName = "PATH",
    };

    private readonly Option<string?> _task = new("--task")
    {
        Description = $"Task: {string.Join(", ", EvaluationRequest.Tasks)}; by default that of the model's card, or what the model is made for.",
        HelpName = "TASK",
    };

    private readonly Option<int> _samples = CommonOptions.Whole(
        "--samples", "Samples to evaluate, from the start of the set; 0 for all. Without it what the model's card says of its data, or else 100 of questions, 32 of windows of text and 500 of others.", 0, int.MaxValue, EvaluationRequest.DefaultSamples);

    private readonly Option<int> _noiseSeeds = CommonOptions.Whole(
        "--noise-seeds", "Noise seeds for the analog runs: seed, seed + 1, ...", 1, 10_000, EvaluationRequest.DefaultNoiseSeeds);

    public void AddTo(Command command)
    {
        command.Options.Add(_model);
        command.Options.Add(_data);
        command.Options.Add(_task);
        command.Options.Add(_samples);
        command.Options.Add(_noiseSeeds);
    }

    /// <summary>Whether the user has named the model.</summary>
    public bool NamesModel(ParseResult parsed) => parsed.GetResult(_model) is { Implicit: false };

    /// <summary>What the card of the model says.</summary>
    public EvaluationDefaults Defaults(ParseResult parsed) => EvaluationDefaults.Of(parsed.GetRequiredValue(_model));

    public EvaluationRequest Request(ParseResult parsed, Session session, string design) => new()
    {
        Model = parsed.GetRequiredValue(_model),
        Data = parsed.GetValue(_data),
        Design = design,
        Task = parsed.GetValue(_task),
        Samples = parsed.GetResult(_samples) is { Implicit: false } ? parsed.GetValue(_samples) : null,
        NoiseSeeds = parsed.GetValue(_noiseSeeds),
        Seed = session.Seed,
        Threads = session.Threads,
    };
}

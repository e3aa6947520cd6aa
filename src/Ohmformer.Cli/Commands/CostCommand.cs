using System.CommandLine;
using Ohmformer.Lab;
using Ohmformer.Lab.Designs;
using Ohmformer.Lab.Runs;

namespace Ohmformer.Cli.Commands;

/// <summary>ohmformer cost: energy, latency and area without weights or data.</summary>
internal static class CostCommand
{
    public static Command Create()
    {
        var model = new Option<string>("--model")
        {
            Description = "Known network (deit-small, ...), shipped model, or a directory with config.json.",
            HelpName = "MODEL",
            DefaultValueFactory = _ => EvaluationRequest.DefaultModel,
        };
        var design = CommonOptions.Design("Hardware design");
        var tokens = CommonOptions.TokensOfInput();
        var reuse = new Option<string?>("--reuse")
        {
            Description = "Encoders, from 0, that reuse the attention of an earlier one (TReX), such as 3,5,7; those of the model when left out.",
            HelpName = "ENCODERS",
        };
        var command = new Command("cost", "Energy, latency and area of one inference; needs neither weights nor data.") { model, design, tokens, reuse };
        command.Does((parsed, session) =>
        {
            int length = parsed.GetRequiredValue(tokens);
            var encoders = parsed.GetValue(reuse) is { } text ? ReuseResults.Parse(text) : null;
            var hardware = DesignFile.Load(parsed.GetRequiredValue(design));
            var (spec, workload) = ModelSource.Shape(parsed.GetRequiredValue(model), length == 0 ? null : length, encoders, hardware.TokenPruning);
            if (length == 0) length = spec.Tokens;
            var cost = CostResults.Estimate(hardware, workload);
            session.Print($"[bold]{workload.Name}[/] on [bold]{hardware.Name}[/], one inference of {length} tokens");
            ResultTables.Cost(session, cost);
            var saved = spec.Reuse is null ? null : ReuseResults.Of(hardware, spec, length);
            if (saved is not null) ResultTables.Reuse(session, spec.Reuse!.Encoders, saved);
            session.WriteJson(new { Model = workload.Name, Design = hardware.Name, Tokens = length, Versions.Version, Cost = cost, Reuse = saved });
        });
        return ExampleHelp.WithExamples(
            command,
            "ohmformer cost --model deit-small",
            "ohmformer cost --model deit-base --design sram-65nm --json cost.json",
            "ohmformer cost --model llama-7b --tokens 4096",
            "ohmformer cost --model deit-small --design trex-fefet --reuse 3,5,7,9,11");
    }
}

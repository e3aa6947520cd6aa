using System.CommandLine;
using Ohmformer.Lab.Runs;

namespace Ohmformer.Cli.Commands;

/// <summary>ohmformer evaluate: accuracy and cost of one model on one design.</summary>
internal static class EvaluateCommand
{
    public static Command Create()
    {
        var model = new EvaluationOptions();
        var design = new Option<string?>("--design")
        {
            Description = $"Hardware design: a name from 'design list' or a YAML file; by default the first of the model's card, or {EvaluationRequest.DefaultDesign}.",
            HelpName = "DESIGN",
        };
        var output = new Option<string?>("--output")
        {
            Description = "Folder for the run's results; by default a new one below runs/.",
            HelpName = "DIR",
        };
        var command = new Command("evaluate", "Accuracy (float, digital, analog) and cost of a model on a hardware design.") { design, output };
        model.AddTo(command);
        command.Does((parsed, session) =>
        {
            var request = model.Request(parsed, session, parsed.GetValue(design) ?? model.Defaults(parsed).Design);
            string folder = RunFolder.Choose(parsed.GetValue(output), request);
            var run = session.WithProgress(progress => Evaluation.Run(request, progress, session.Cancellation));
            RunFolder.Write(folder, run);
            ResultTables.Evaluation(session, run.Result);
            session.Print($"Results: {Path.GetRelativePath(".", folder)}");
            session.WriteJson(run.Result);
        });
        return ExampleHelp.WithExamples(
            command,
            "ohmformer evaluate",
            "ohmformer evaluate --design isaac-rram --samples 200 --noise-seeds 3",
            "ohmformer evaluate --model my-vit/ --data my-images.npy --design my-design.yaml --json result.json");
    }
}

using System.CommandLine;
using System.Globalization;
using Ohmformer.Lab;
using Ohmformer.Lab.Runs;
using Spectre.Console;

namespace Ohmformer.Cli.Commands;

/// <summary>ohmformer model info | logits.</summary>
internal static class ModelCommand
{
    public static Command Create() => ExampleHelp.WithExamples(
        new Command("model", "Look into a model; compute its logits in float.") { Describe(), Logits() },
        "ohmformer model info vit-digits",
        "ohmformer model logits --model my-vit/ --inputs x.npy --output y.npy");

    private static Command Describe()
    {
        var model = new Argument<string>("model") { Description = "Shipped model, directory with config.json and model.safetensors, or known network." };
        var command = new Command("info", "Sizes, parameters and multiply-accumulate operations of a model.") { model };
        command.Does((parsed, session) =>
        {
            var (spec, workload) = ModelSource.Shape(parsed.GetRequiredValue(model));
            var sizes = new Table().AddColumns("", "").HideHeaders().Border(TableBorder.Simple).Title(Markup.Escape(spec.Name));
            void Row(string name, FormattableString value) => sizes.AddRow(name, Markup.Escape(value.ToString(CultureInfo.InvariantCulture)));
            Row("input", $"{spec.Channels} x {spec.ImageSize} x {spec.ImageSize} pixels, patches of {spec.PatchSize} x {spec.PatchSize}");
            Row("tokens", $"{spec.Tokens}");
            Row("encoders", $"{spec.Layers}");
            Row("width", $"{spec.Hidden}, {spec.Heads} heads of {spec.HeadSize}, MLP {spec.Intermediate}");
            Row("classes", $"{spec.Classes}");
            Row("parameters", $"{spec.Parameters:N0}");
            Row("MACs", $"{workload.Macs:N0}");
            session.Console.Write(sizes);

            var macs = new Table().AddColumns("layer class", "products", "MACs", "share").Border(TableBorder.Simple);
            var classes = workload.Products.GroupBy(p => p.Site.Class)
                .Select(g => new { LayerClass = g.Key.ToString(), Products = g.Sum(p => p.Heads), Macs = g.Sum(p => p.Macs) }).ToList();
            foreach (var row in classes)
            {
                macs.AddRow(
                    row.LayerClass,
                    row.Products.ToString(CultureInfo.InvariantCulture),
                    row.Macs.ToString("N0", CultureInfo.InvariantCulture),
                    ResultTables.Percent((double)row.Macs / workload.Macs));
            }
            session.Console.Write(macs);
            session.WriteJson(new { Model = spec, spec.Tokens, spec.Parameters, workload.Macs, LayerClasses = classes });
        });
        return ExampleHelp.WithExamples(command, "ohmformer model info deit-small");
    }

    private static Command Logits()
    {
        var model = new Option<string>("--model") { Description = "Shipped model, or directory with config.json and model.safetensors.", HelpName = "MODEL", Required = true };
        var inputs = new Option<string>("--inputs") { Description = "Images [n, c, h, w] as .npy, already normalized.", HelpName = "FILE", Required = true };
        var output = new Option<string>("--output") { Description = "Logits [n, classes] as .npy, float32.", HelpName = "FILE", Required = true };
        var command = new Command("logits", "Compute the logits of a model in float32.") { model, inputs, output };
        command.Does((parsed, session) =>
        {
            int count = session.WithProgress(progress => LogitsRun.Run(
                parsed.GetRequiredValue(model), parsed.GetRequiredValue(inputs), parsed.GetRequiredValue(output), session.Threads, progress, session.Cancellation));
            session.Print($"{count} rows of logits: {parsed.GetRequiredValue(output)}");
            session.WriteJson(new { Rows = count, Output = parsed.GetRequiredValue(output), Versions.Version });
        });
        return ExampleHelp.WithExamples(command, "ohmformer model logits --model my-vit/ --inputs x.npy --output y.npy");
    }
}

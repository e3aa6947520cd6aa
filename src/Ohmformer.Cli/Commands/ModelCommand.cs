using System.CommandLine;
using Ohmformer.Lab;
using Ohmformer.Lab.Designs;
using Ohmformer.Lab.Runs;
using Ohmformer.Lab.Zoo;
using Ohmformer.Models;
using Spectre.Console;

namespace Ohmformer.Cli.Commands;

/// <summary>ohmformer model list | info | logits.</summary>
internal static class ModelCommand
{
    public static Command Create() => ExampleHelp.WithExamples(
        new Command("model", "List the models, look into one; compute its logits in float.") { List(), Describe(), Logits() },
        "ohmformer model list",
        "ohmformer model info vit-digits",
        "ohmformer model logits --model my-vit/ --inputs x.npy --output y.npy");

    private static Command List()
    {
        var command = new Command("list", "The shipped models with the results of their cards, and the networks whose sizes are known.");
        command.Does((_, session) =>
        {
            var models = ListedModel.All();
            var shipped = ResultTables.Plain("shipped model", "parameters", "MB", "task", "data", "float32 result");
            foreach (var model in models.Where(m => m.Weights))
                shipped.AddRow(
                    Markup.Escape(model.Name), ResultTables.Whole(model.Parameters), ResultTables.Megabytes(model.Bytes ?? 0), model.Task,
                    Markup.Escape(model.Data ?? "name with --data"), model.Result is { } result ? ResultTables.Reference(result) : "");
            foreach (int text in (int[])[3, 4, 5]) shipped.Columns[text].LeftAligned();
            session.Print(shipped);
            var known = ResultTables.Plain("known sizes", "parameters", "task");
            known.Columns[2].LeftAligned();
            foreach (var model in models.Where(m => !m.Weights)) known.AddRow(model.Name, ResultTables.Whole(model.Parameters), model.Task);
            session.Print(known);
            session.WriteJson(models);
        });
        return ExampleHelp.WithExamples(command, "ohmformer model list", "ohmformer model list --json models.json");
    }

    private static Command Describe()
    {
        var model = new Argument<string>("model") { Description = "Shipped model, directory with config.json and model.safetensors, or known network." };
        var design = CommonOptions.Design("Hardware design whose arrays hold the model");
        var tokens = CommonOptions.TokensOfInput();
        var command = new Command("info", "Sizes, parameters and multiply-accumulate operations of a model, and what it occupies on a design.") { model, design, tokens };
        command.Does((parsed, session) =>
        {
            int length = parsed.GetRequiredValue(tokens);
            var hardware = DesignFile.Load(parsed.GetRequiredValue(design));
            string name = parsed.GetRequiredValue(model);
            var (spec, workload) = ModelSource.Shape(name, length == 0 ? null : length, pruning: hardware.TokenPruning);
            var memory = ArrayMemory.Of(hardware, workload);
            var classes = workload.Products.GroupBy(p => p.Site.Class)
                .Select(g => new { LayerClass = CostResults.SnakeCase(g.Key.ToString()), Products = g.Sum(p => p.Heads), Macs = g.Sum(p => p.Macs) }).ToList();
            session.Print($"[bold]{spec.Name}[/]");
            session.Print(Sizes(spec, workload.Macs, length == 0 ? spec.Tokens : length));
            var macs = ResultTables.Plain("layer class", "products", "MACs", "share");
            foreach (var row in classes)
                macs.AddRow(ResultTables.Words(row.LayerClass), ResultTables.Whole(row.Products), ResultTables.Whole(row.Macs), ResultTables.Percent((double)row.Macs / workload.Macs));
            session.Print(macs);
            session.Print($"On [bold]{memory.Design}[/], {memory.CrossbarsPerTile} crossbars (macros) in a tile; static operands are written once, dynamic ones for every input:");
            session.Print(Memory(memory));
            var warnings = ModelCompanions.Problems(name, spec);
            foreach (string warning in warnings) session.Print($"[yellow]warning:[/] {warning}");
            session.WriteJson(new { Model = spec, Tokens = length == 0 ? spec.Tokens : length, spec.Parameters, workload.Macs, LayerClasses = classes, Memory = memory, Warnings = warnings });
        });
        return ExampleHelp.WithExamples(
            command,
            "ohmformer model info deit-small",
            "ohmformer model info deit-small --design sram-65nm --json info.json",
            "ohmformer model info llama-7b --tokens 4096");
    }

    private static Table Memory(ArrayMemory memory)
    {
        var table = ResultTables.Plain("layer class", "operand", "products", "MB", "crossbars", "tiles", "cells in use");
        foreach (var row in memory.LayerClasses) Add(row, row.Dynamic == true ? "dynamic" : "static");
        foreach (var sum in (MemoryShare[])[memory.Static, memory.Dynamic]) Add(sum with { Name = "together" }, sum.Name);
        return table;

        void Add(MemoryShare row, string operand) => table.AddRow(
            ResultTables.Words(row.Name), operand, ResultTables.Whole(row.Products), ResultTables.Megabytes(row.Bytes), ResultTables.Whole(row.Crossbars), ResultTables.Whole(row.Tiles),
            row.Utilization is { } used ? ResultTables.Percent(used) : "");
    }

    private static Table Sizes(TransformerSpec spec, long macs, int tokens)
    {
        var table = ResultTables.Pairs();
        table.AddRow("input", spec.Input switch
        {
            ImageInput image => $"{image.Channels} x {image.Size} x {image.Size} pixels, patches of {image.PatchSize} x {image.PatchSize}",
            FeatureInput features => $"{features.Frames} frames of {features.Features} features",
            TokenInput text => $"text of up to {text.Length} tokens, vocabulary of {ResultTables.Whole(text.Vocabulary)}",
            _ => spec.Input.ToString(),
        });
        table.AddRow("tokens", ResultTables.Whole(tokens));
        table.AddRow("encoders", ResultTables.Whole(spec.Layers));
        string shared = spec.HeadGroup > 1 ? $" ({spec.KeyValueHeads} of keys and values)" : "", gated = spec.GatedMlp ? "gated " : "";
        table.AddRow("width", $"{spec.Hidden}, {spec.Heads} heads of {spec.HeadSize}{shared}, {gated}MLP {spec.Intermediate}");
        table.AddRow(spec.Pooling == Pooling.EveryToken ? "outputs per token" : "classes", ResultTables.Whole(spec.Classes));
        table.AddRow("parameters", ResultTables.Whole(spec.Parameters));
        table.AddRow("MACs", ResultTables.Whole(macs));
        return table;
    }

    private static Command Logits()
    {
        var model = new Option<string>("--model") { Description = "Shipped model, or directory with config.json and model.safetensors.", HelpName = "MODEL", Required = true };
        var inputs = new Option<string>("--inputs") { Description = "Images [n, c, h, w], already normalized, token ids [n, t] or features [n, frames, features] as .npy.", HelpName = "FILE", Required = true };
        var output = new Option<string>("--output") { Description = "Logits [n, classes] or [n, t, classes] as .npy, float32.", HelpName = "FILE", Required = true };
        var command = new Command("logits", "Compute the logits of a model in float32.") { model, inputs, output };
        command.Does((parsed, session) =>
        {
            string path = Session.OutputFile(parsed.GetRequiredValue(output));
            int count = session.WithProgress(progress => LogitsRun.Run(
                parsed.GetRequiredValue(model), parsed.GetRequiredValue(inputs), path, session.Threads, progress, session.Cancellation));
            session.Print($"Logits of {count} inputs: {path}");
            session.WriteJson(new { Rows = count, Output = path, Versions.Version });
        });
        return ExampleHelp.WithExamples(command, "ohmformer model logits --model my-vit/ --inputs x.npy --output y.npy");
    }
}

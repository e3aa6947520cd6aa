using System.CommandLine;
using System.Text.Json.Nodes;
using Ohmformer.Files;
using Ohmformer.Lab.Designs;
using Ohmformer.Mapping;
using Spectre.Console;

namespace Ohmformer.Cli.Commands;

/// <summary>ohmformer design list | show | check | schema.</summary>
internal static class DesignCommand
{
    public static Command Create() => ExampleHelp.WithExamples(
        new Command("design", "List, show and check hardware designs.")
        {
            List(), Show(), Check(), Schema(),
        },
        "ohmformer design list",
        "ohmformer design show isaac-rram",
        "ohmformer design check my-design.yaml",
        "ohmformer design schema --output design.schema.json");

    private static Command List()
    {
        var command = new Command("list", "List the designs of the catalog.");
        command.Does((_, session) =>
        {
            var designs = DesignFile.List();
            var table = new Table().AddColumns("design", "description").Border(TableBorder.Simple);
            table.Columns[0].NoWrap();
            foreach (var (name, description) in designs) table.AddRow(Markup.Escape(name), Markup.Escape(description));
            session.Print(table);
            session.WriteJson(designs.Select(d => new { d.Name, d.Description }));
        });
        return ExampleHelp.WithExamples(command, "ohmformer design list");
    }

    private static Command Show()
    {
        var design = DesignArgument();
        var command = new Command("show", "Print a design with all its base files and defaults resolved.") { design };
        command.Does((parsed, session) =>
        {
            string text = DesignFile.Resolved(DesignFile.Load(parsed.GetRequiredValue(design)));
            session.PrintText(text);
            session.WriteJson(new { Yaml = text });
        });
        return ExampleHelp.WithExamples(command, "ohmformer design show isaac-rram > my-design.yaml");
    }

    private static Command Check()
    {
        var design = DesignArgument();
        var command = new Command("check", "Report every problem of a design file, with line and column.") { design };
        command.Does((parsed, session) =>
        {
            string name = parsed.GetRequiredValue(design);
            try
            {
                session.Print($"{DesignFile.Load(name).Name}: no problems.");
                session.WriteJson(new { Design = name, Problems = Array.Empty<string>() });
            }
            catch (InputException problems)
            {
                session.WriteJson(new { Design = name, Problems = problems.Message.Split('\n') });
                throw;
            }
        });
        return ExampleHelp.WithExamples(command, "ohmformer design check my-design.yaml");
    }

    private static Command Schema()
    {
        var output = new Option<string?>("--output") { Description = "Write the schema to this file instead of printing it.", HelpName = "FILE" };
        var command = new Command("schema", "Export the JSON schema of design files, for completion and checks in editors.") { output };
        command.Does((parsed, session) =>
        {
            string schema = SpecSchema.Export<Design>();
            if (parsed.GetValue(output) is { } path) AtomicFile.WriteAllText(Session.OutputFile(path), schema);
            else session.PrintText(schema);
            session.WriteJson(JsonNode.Parse(schema));
        });
        return ExampleHelp.WithExamples(command, "ohmformer design schema --output design.schema.json");
    }

    private static Argument<string> DesignArgument() => new("design")
    {
        Description = "Name of a design of the catalog, or a YAML file.",
    };
}

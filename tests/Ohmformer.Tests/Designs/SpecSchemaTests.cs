using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Ohmformer.Lab.Designs;
using Ohmformer.Mapping;

namespace Ohmformer.Tests.Designs;

/// <summary>The exported schema accepts what the reader accepts. The checker below knows the keywords that the schema uses.</summary>
public sealed class SpecSchemaTests
{
    private static readonly JsonNode Schema = JsonNode.Parse(SpecSchema.Export<Design>())!;

    [Fact]
    public void Schema_accepts_every_shipped_design_as_written_and_resolved()
    {
        foreach (var design in DesignFile.List())
        {
            string path = Path.Combine(AppContext.BaseDirectory, "catalog", "designs", design.Name + ".yaml");
            Assert.True(IsValid(Schema, Parse(File.ReadAllText(path))), design.Name);
            Assert.True(IsValid(Schema, Parse(DesignFile.Resolved(DesignFile.Load(design.Name)))), design.Name + " resolved");
        }
    }

    [Theory]
    [InlineData("  rows: 128\n", "")]
    [InlineData("  rows: 128\n", "  rows: 0\n")]
    [InlineData("  rows: 128\n", "  rows: 128\n  rowz: 1\n")]
    [InlineData("    type: rram\n", "    type: ram\n")]
    [InlineData("    gMin: \"100 nS\"\n", "    gMin: \"100 nV\"\n")]
    [InlineData("  encoding: differential\n", "  encoding: diff\n")]
    [InlineData("      - bits: 4\n", "      - bitz: 4\n")]
    public void Schema_rejects_what_the_reader_rejects(string good, string bad)
    {
        string text = DesignFile.Resolved(DesignFile.Load("rram-default"));
        int at = text.IndexOf(good, StringComparison.Ordinal);
        Assert.False(IsValid(Schema, Parse(text[..at] + bad + text[(at + good.Length)..])));
    }

    [Theory]
    [InlineData("base: rram-default\nreason: x\nname: a\nweights: { rows: 3, adc: { bits: 6 }, device: { gMin: 3 nS } }", true)]
    [InlineData("base: ./mine.yaml\nreason: x\nname: a\nattention: null", true)]
    [InlineData("base: rram-default\nweights: { rowz: 3 }", false)]
    [InlineData("base: rram-defualt", false)]
    [InlineData("name: a", false)]
    public void Schema_knows_bases(string text, bool valid) => Assert.Equal(valid, IsValid(Schema, Parse(text)));

    private static YamlNode Parse(string text) => YamlText.Read(new("x.yaml", "x.yaml"), text, new())!;

    private static bool IsValid(JsonNode schema, YamlNode node)
    {
        var keywords = schema.AsObject();
        if (keywords["if"] is { } condition && keywords[IsValid(condition, node) ? "then" : "else"] is { } branch && !IsValid(branch, node)) return false;
        return keywords.All(k => k.Key switch
        {
            "$ref" => IsValid(Schema["$defs"]![k.Value!.GetValue<string>()["#/$defs/".Length..]]!, node),
            "type" => Types(node).Contains(k.Value!.GetValue<string>()),
            "enum" => k.Value!.AsArray().Any(v => v!.GetValue<string>() == Text(node)),
            "const" => k.Value!.GetValue<string>() == Text(node),
            "pattern" => Regex.IsMatch(Text(node)!, k.Value!.GetValue<string>()),
            "minLength" => Text(node)!.Length >= k.Value!.GetValue<int>(),
            "minimum" => Number(node) >= k.Value!.GetValue<double>(),
            "maximum" => Number(node) <= k.Value!.GetValue<double>(),
            "anyOf" => k.Value!.AsArray().Any(s => IsValid(s!, node)),
            "allOf" => k.Value!.AsArray().All(s => IsValid(s!, node)),
            "required" => k.Value!.AsArray().All(name => ((YamlMapping)node).Find(name!.GetValue<string>()) is not null),
            "properties" => k.Value!.AsObject().All(p => ((YamlMapping)node).Find(p.Key) is not { } entry || IsValid(p.Value!, entry.Value)),
            "additionalProperties" => ((YamlMapping)node).Entries.All(e => keywords["properties"]!.AsObject().ContainsKey(e.Key)),
            "items" => ((YamlList)node).Items.All(i => IsValid(k.Value!, i)),
            "$schema" or "$defs" or "title" or "description" or "default" or "examples" or "if" or "then" or "else" => true,
            _ => throw new InvalidOperationException($"unknown keyword {k.Key}"),
        });
    }

    private static string[] Types(YamlNode node) => node switch
    {
        YamlMapping => ["object"],
        YamlList => ["array"],
        YamlScalar { IsNull: true } => ["null"],
        YamlScalar { Quoted: false, Text: "true" or "false" } => ["boolean"],
        YamlScalar { Quoted: false } when Number(node) is { } number => double.IsInteger(number) ? ["integer", "number"] : ["number"],
        _ => ["string"],
    };

    private static string? Text(YamlNode node) => (node as YamlScalar)?.Text;

    private static double? Number(YamlNode node) => double.TryParse(Text(node), NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number : null;
}

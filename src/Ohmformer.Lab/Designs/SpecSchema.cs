using System.Text.Json.Nodes;

namespace Ohmformer.Lab.Designs;

/// <summary>Describes design files to editors as JSON schema (draft 2020-12). The reader itself checks more: units, ranges and rules between keys.</summary>
public sealed class SpecSchema
{
    private const string Dialect = "https://json-schema.org/draft/2020-12/schema";

    private readonly Catalog _catalog;
    private readonly JsonObject _definitions = [];

    private SpecSchema(Catalog catalog) => _catalog = catalog;

    /// <summary>The schema of files that hold a record, as JSON text.</summary>
    /// <param name="catalog">Types and presets that files may name; what Ohmformer ships when null.</param>
    public static string Export<T>(Catalog? catalog = null)
        where T : class
    {
        var schema = new SpecSchema(catalog ?? Catalog.Shipped);
        var root = schema.Mapping(typeof(T));
        var document = new JsonObject { ["$schema"] = Dialect, ["title"] = $"Ohmformer {Names.Camel(typeof(T).Name)}" };
        foreach (var (key, value) in root.ToList()) document[key] = value?.DeepClone();
        document["$defs"] = schema._definitions;
        return document.ToJsonString(Json.Readable) + "\n";
    }

    /// <summary>A component that must be complete: a preset or file, or a mapping.</summary>
    private JsonObject Component(Type type) => new() { ["anyOf"] = new JsonArray(Reference(type), Mapping(type)) };

    /// <summary>A component below a base: a preset or file, or a mapping that may leave out what it inherits.</summary>
    private JsonObject Differences(Type type) => new() { ["anyOf"] = new JsonArray(Reference(type), Definition(type, complete: false)) };

    private JsonObject Reference(Type type)
    {
        var path = new JsonObject { ["pattern"] = @"[/\\]|\.ya?ml$" };
        if (_catalog.Presets.FirstOrDefault(k => k.Record == type) is not { } kind) return new() { ["type"] = "string", ["pattern"] = path["pattern"]!.DeepClone() };
        var names = new JsonObject { ["enum"] = Texts(PresetFolder.Shipped.Names(kind)) };
        return new() { ["type"] = "string", ["anyOf"] = new JsonArray(names, path) };
    }

    private JsonObject Mapping(Type type)
    {
        var complete = type.IsAbstract ? ByType(type) : Definition(type, complete: true);
        var differences = Definition(type, complete: false);
        return new()
        {
            ["type"] = "object",
            ["if"] = new JsonObject { ["required"] = Texts([SpecExpander.BaseKey]) },
            ["then"] = differences,
            ["else"] = complete,
        };
    }

    private JsonObject ByType(Type seam)
    {
        var types = _catalog.Types.Where(t => t.Seam == seam).ToList();
        var choices = types.Select(t => new JsonObject
        {
            ["if"] = new JsonObject { ["properties"] = new JsonObject { [SpecExpander.TypeKey] = new JsonObject { ["const"] = t.Name } } },
            ["then"] = Definition(t.Spec, complete: true),
        });
        return new()
        {
            ["properties"] = new JsonObject { [SpecExpander.TypeKey] = new JsonObject { ["enum"] = Texts(types.Select(t => t.Name)) } },
            ["required"] = Texts([SpecExpander.TypeKey]),
            ["allOf"] = new JsonArray([.. choices]),
        };
    }

    /// <summary>A reference to the definition of a record, which is added when it is new.</summary>
    private JsonObject Definition(Type type, bool complete)
    {
        string name = Names.Camel(type.Name) + (complete ? "" : "Differences");
        if (!_definitions.ContainsKey(name))
        {
            _definitions[name] = null;
            _definitions[name] = Body(type, complete);
        }
        return new() { ["$ref"] = $"#/$defs/{name}" };
    }

    private JsonObject Body(Type type, bool complete)
    {
        var plugged = _catalog.Types.Where(t => t.Seam == type || t.Spec == type).ToList();
        var records = type.IsAbstract ? plugged.Select(t => t.Spec) : [type];
        var properties = new JsonObject();
        if (plugged.Count > 0) properties[SpecExpander.TypeKey] = new JsonObject { ["enum"] = Texts(plugged.Select(t => t.Name)) };
        if (!complete)
        {
            properties[SpecExpander.BaseKey] = Reference(type);
            properties[SpecExpander.ReasonKey] = new JsonObject { ["type"] = "string", ["description"] = "Why values differ from the base." };
        }
        foreach (var record in records)
        {
            var shape = SpecShape.Of(record);
            foreach (var property in shape.Properties.Where(p => !properties.ContainsKey(p.Key))) properties[property.Key] = Value(property, shape, complete);
        }
        var body = new JsonObject { ["type"] = "object", ["properties"] = properties };
        if (complete) body["required"] = Texts(records.SelectMany(r => SpecShape.Of(r).Properties).Where(p => p.Required).Select(p => p.Key));
        body["additionalProperties"] = false;
        return body;
    }

    private JsonObject Value(SpecProperty property, SpecShape shape, bool complete)
    {
        var item = property.Scalar?.Schema(property.Parameter)
            ?? (complete || property.Element is not null ? Component(property.Element ?? property.Type) : Differences(property.Type));
        var value = property.Element is null ? item : new() { ["type"] = "array", ["items"] = item };
        if (property.Nullable) value = new() { ["anyOf"] = new JsonArray(value, new JsonObject { ["type"] = "null" }) };
        value["description"] = property.Parameter.Description;
        if (!property.Required && property is { Element: null, Scalar: { } scalar } && shape.Default(property) is { } standard && standard is not string)
            value["default"] = Default(scalar, standard);
        return value;
    }

    private static JsonNode Default(ScalarType scalar, object value) => value switch
    {
        bool flag => JsonValue.Create(flag),
        int or long or ulong or float or double => JsonNode.Parse(scalar.Write(value))!,
        _ => JsonValue.Create(scalar.Write(value).Trim('"')),
    };

    private static JsonArray Texts(IEnumerable<string> texts) => new([.. texts.Select(t => JsonValue.Create(t))]);
}

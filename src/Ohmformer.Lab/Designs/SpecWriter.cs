using System.Collections;
using System.Text;

namespace Ohmformer.Lab.Designs;

/// <summary>Writes a specification record as YAML that lists every parameter and reads back to an equal record.</summary>
internal sealed class SpecWriter(Catalog catalog)
{
    private readonly StringBuilder _text = new();

    /// <summary>The record as YAML text.</summary>
    public static string Write(object record, Catalog catalog)
    {
        var writer = new SpecWriter(catalog);
        writer.Record(record, indent: 0);
        return writer._text.ToString();
    }

    private void Record(object record, int indent)
    {
        int start = _text.Length;
        if (catalog.Types.FirstOrDefault(t => t.Spec == record.GetType()) is { } type) Line(indent, $"{SpecExpander.TypeKey}: {type.Name}");
        var shape = SpecShape.Of(record.GetType());
        foreach (var property in shape.Properties)
        {
            object? value = property.Get(record);
            if (value is null)
            {
                if (shape.Default(property) is not null) Line(indent, $"{property.Key}: null");
            }
            else if (property.Element is not null)
            {
                List(property, (IEnumerable)value, indent);
            }
            else if (property.Scalar is { } scalar)
            {
                Line(indent, $"{property.Key}: {scalar.Write(value)}");
            }
            else
            {
                Line(indent, $"{property.Key}:");
                Record(value, indent + 1);
            }
        }
        if (_text.Length == start) Line(indent, "{}");
    }

    private void List(SpecProperty property, IEnumerable items, int indent)
    {
        object[] all = [.. items.Cast<object>()];
        Line(indent, all.Length == 0 ? $"{property.Key}: []" : $"{property.Key}:");
        foreach (object item in all)
        {
            int start = _text.Length;
            if (property.Scalar is { } scalar) Line(indent + 2, scalar.Write(item));
            else Record(item, indent + 2);
            _text[start + 2 * (indent + 1)] = '-';
        }
    }

    private void Line(int indent, string text) => _text.Append(' ', 2 * indent).Append(text).Append('\n');
}

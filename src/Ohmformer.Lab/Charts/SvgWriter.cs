using System.Globalization;
using System.Text;
using System.Xml;

namespace Ohmformer.Lab.Charts;

/// <summary>Writes the elements of an SVG image: escaped texts, coordinates with a tenth of a pixel.</summary>
internal sealed class SvgWriter : IDisposable
{
    private const string Namespace = "http://www.w3.org/2000/svg";

    private readonly StringBuilder _text = new();
    private readonly XmlWriter _xml;

    /// <summary>Starts an image.</summary>
    public SvgWriter(int width, int height)
    {
        _xml = XmlWriter.Create(_text, new() { OmitXmlDeclaration = true, Indent = true, IndentChars = " ", NewLineChars = "\n" });
        _xml.WriteStartElement("svg", Namespace);
        string size = string.Create(CultureInfo.InvariantCulture, $"0 0 {width} {height}");
        Attributes([("class", "chart"), ("role", "img"), ("viewBox", size), ("width", width), ("height", height)]);
    }

    /// <summary>The image so far, closed.</summary>
    public string Finish()
    {
        _xml.WriteEndElement();
        _xml.Flush();
        return _text.Append('\n').ToString();
    }

    /// <inheritdoc/>
    public void Dispose() => _xml.Dispose();

    /// <summary>An element without content.</summary>
    public void Element(string name, params ReadOnlySpan<(string Name, object Value)> attributes)
    {
        _xml.WriteStartElement(name, Namespace);
        Attributes(attributes);
        _xml.WriteEndElement();
    }

    /// <summary>An element around others; disposing what is returned ends it.</summary>
    public IDisposable Group(string name, params ReadOnlySpan<(string Name, object Value)> attributes)
    {
        _xml.WriteStartElement(name, Namespace);
        Attributes(attributes);
        return new End(_xml);
    }

    /// <summary>An element that holds text.</summary>
    public void Text(string name, string content, params ReadOnlySpan<(string Name, object Value)> attributes)
    {
        _xml.WriteStartElement(name, Namespace);
        Attributes(attributes);
        _xml.WriteString(Printable(content));
        _xml.WriteEndElement();
    }

    /// <summary>A coordinate: a tenth of a pixel, no negative zero.</summary>
    public static string Number(double value) => (Math.Round(value, 1) + 0.0).ToString("0.#", CultureInfo.InvariantCulture);

    private void Attributes(ReadOnlySpan<(string Name, object Value)> attributes)
    {
        foreach (var (name, value) in attributes)
            _xml.WriteAttributeString(name, value is double number ? Number(number) : Printable(string.Create(CultureInfo.InvariantCulture, $"{value}")));
    }

    /// <summary>A text without what XML cannot hold: control characters and halves of surrogate pairs.</summary>
    private static string Printable(string text)
    {
        var printable = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes()) printable.Append(rune.Value is '\n' or >= 0x20 and not (0xFFFE or 0xFFFF) ? rune.ToString() : "\uFFFD");
        return printable.ToString();
    }

    private sealed class End(XmlWriter xml) : IDisposable
    {
        public void Dispose() => xml.WriteEndElement();
    }
}

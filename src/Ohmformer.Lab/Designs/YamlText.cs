using System.Text;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace Ohmformer.Lab.Designs;

/// <summary>
/// Reads the YAML subset of design files: one document of mappings, sequences and values. Anchors, aliases and tags are
/// errors, size and depth are limited, so a hostile file costs neither time nor memory.
/// </summary>
internal sealed class YamlText
{
    private const int MostBytes = 1 << 20;
    private const int MostDepth = 32;

    private readonly SourceFile _file;
    private readonly Problems _problems;
    private readonly Parser _parser;

    private YamlText(SourceFile file, string text, Problems problems)
    {
        _file = file;
        _problems = problems;
        _parser = new Parser(new StringReader(text));
    }

    /// <summary>The root node of a file, or null when a problem was added.</summary>
    public static YamlNode? ReadFile(SourceFile file, Problems problems)
    {
        var start = new Position(file, 1, 1);
        try
        {
            using var stream = File.OpenRead(file.Path);
            if (stream.CanSeek && stream.Length > MostBytes)
            {
                problems.Add(start, $"the file has {stream.Length} bytes; at most {MostBytes} are read");
                return null;
            }
            byte[] bytes = new byte[MostBytes + 1];
            int length = stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            int mark = bytes.AsSpan(0, length).StartsWith(Encoding.UTF8.Preamble) ? Encoding.UTF8.Preamble.Length : 0;
            return Read(file, new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(bytes, mark, length - mark), problems);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            problems.Add(start, "the file does not exist");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problems.Add(start, $"the file cannot be read: {e.Message.TrimEnd('.')}");
        }
        catch (DecoderFallbackException)
        {
            problems.Add(start, "the file is not UTF-8 text");
        }
        return null;
    }

    /// <summary>The root node of a text, or null when a problem was added.</summary>
    public static YamlNode? Read(SourceFile file, string text, Problems problems)
    {
        if (text.Length > MostBytes)
        {
            problems.Add(new(file, 1, 1), $"the text has {text.Length} characters; at most {MostBytes} are read");
            return null;
        }
        var reader = new YamlText(file, text, problems);
        try
        {
            return reader.Document();
        }
        catch (YamlException e)
        {
            bool tab = Enumerable.Range((int)e.Start.Line, 2).Any(line => IsIndentedByTab(text, line));
            problems.Add(new(file, e.Start.Line, e.Start.Column), $"not valid YAML: {FirstLower(e.Message)}{(tab ? "; indent with spaces, not tabs" : "")}");
        }
        catch (Exception e) when (e is InvalidOperationException or EndOfStreamException)
        {
            // YamlDotNet 16.3.0 fails so, without a place, on some malformed texts (found by damaging good ones).
            var end = reader._parser.Current?.End ?? Mark.Empty;
            problems.Add(new(file, end.Line, end.Column), "not valid YAML after this place");
        }
        return null;
    }

    private YamlNode? Document()
    {
        _parser.Consume<StreamStart>();
        if (_parser.Accept<StreamEnd>(out _))
        {
            _problems.Add(new(_file, 1, 1), "the file is empty");
            return null;
        }
        _parser.Consume<DocumentStart>();
        var root = Node(1);
        if (root is null) return null;
        _parser.Consume<DocumentEnd>();
        if (_parser.Accept<StreamEnd>(out _)) return root;
        _problems.Add(At(_parser.Current!), "a second document starts here; a file holds one");
        return null;
    }

    private YamlNode? Node(int depth)
    {
        var current = _parser.Consume<ParsingEvent>();
        if (depth > MostDepth)
        {
            _problems.Add(At(current), $"nested more than {MostDepth} levels deep");
            return null;
        }
        if (current is AnchorAlias || current is NodeEvent { Anchor.IsEmpty: false })
        {
            _problems.Add(At(current), "anchors (&) and aliases (*) are not allowed; use base to share values");
            return null;
        }
        if (current is NodeEvent { Tag.IsEmpty: false })
        {
            _problems.Add(At(current), "tags (!) are not allowed; a value's type follows from its key");
            return null;
        }
        return current switch
        {
            Scalar scalar => new YamlScalar(At(scalar), scalar.Value, scalar.Style != ScalarStyle.Plain),
            SequenceStart => List(At(current), depth),
            _ => Mapping(At(current), depth),
        };
    }

    private YamlList? List(Position at, int depth)
    {
        var items = new List<YamlNode>();
        while (!_parser.TryConsume<SequenceEnd>(out _))
        {
            if (Node(depth + 1) is not { } item) return null;
            items.Add(item);
        }
        return new(at, items);
    }

    private YamlMapping? Mapping(Position at, int depth)
    {
        var entries = new List<YamlEntry>();
        var first = new Dictionary<string, Position>(StringComparer.Ordinal);
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            if (Node(depth + 1) is not { } key || Node(depth + 1) is not { } value) return null;
            if (key is not YamlScalar { Text: var name })
                _problems.Add(key.At, "a key must be a name, not a list or a mapping");
            else if (first.TryAdd(name, key.At))
                entries.Add(new(name, key.At, value));
            else
                _problems.Add(key.At, $"duplicate key {Wording.Quote(name)}; it is already set in line {first[name].Line}");
        }
        return new(at, entries);
    }

    private Position At(ParsingEvent e) => new(_file, e.Start.Line, e.Start.Column);

    private static bool IsIndentedByTab(string text, int line) =>
        text.Split('\n').ElementAtOrDefault(line - 1) is { } content && content.TakeWhile(char.IsWhiteSpace).Contains('\t');

    private static string FirstLower(string text) => text.Length == 0 ? text : char.ToLowerInvariant(text[0]) + text[1..].TrimEnd('.');
}

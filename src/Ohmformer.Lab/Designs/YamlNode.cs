namespace Ohmformer.Lab.Designs;

/// <summary>A text file that is read: its full path and the name shown to people.</summary>
internal sealed record SourceFile(string Path, string Shown);

/// <summary>A place in a file; line and column count from 1, line 0 is a source without lines.</summary>
internal readonly record struct Position(SourceFile File, long Line, long Column)
{
    public override string ToString() => Line == 0 ? File.Shown : $"{File.Shown}({Line},{Column})";
}

/// <summary>A node of a YAML document that remembers where it stands.</summary>
internal abstract record YamlNode(Position At);

/// <summary>A single value.</summary>
internal sealed record YamlScalar(Position At, string Text, bool Quoted) : YamlNode(At)
{
    /// <summary>Whether the value is YAML's null.</summary>
    public bool IsNull => !Quoted && Text is "" or "~" or "null";
}

/// <summary>A sequence.</summary>
internal sealed record YamlList(Position At, IReadOnlyList<YamlNode> Items) : YamlNode(At);

/// <summary>A mapping whose keys are unique.</summary>
/// <param name="At">Where it stands.</param>
/// <param name="Entries">Keys and values in the order of the file.</param>
/// <param name="Incomplete">Whether keys may be absent because of a problem that is already reported.</param>
internal sealed record YamlMapping(Position At, IReadOnlyList<YamlEntry> Entries, bool Incomplete = false) : YamlNode(At)
{
    public YamlEntry? Find(string key) => Entries.FirstOrDefault(e => e.Key == key);
}

/// <summary>A node whose problem is already reported.</summary>
internal sealed record YamlBroken(Position At) : YamlNode(At);

/// <summary>A key with its value.</summary>
internal sealed record YamlEntry(string Key, Position At, YamlNode Value);

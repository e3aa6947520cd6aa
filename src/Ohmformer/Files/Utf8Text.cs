using System.Text;

namespace Ohmformer.Files;

/// <summary>Text files in UTF-8, with or without a byte order mark; anything else is an error and never a replacement character.</summary>
public static class Utf8Text
{
    /// <summary>With the mark, so that readers skip it where they find it.</summary>
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: true, throwOnInvalidBytes: true);

    /// <summary>The text of a file's bytes.</summary>
    /// <param name="path">The file, for messages.</param>
    /// <param name="bytes">Its content.</param>
    /// <exception cref="InputException">The bytes are not UTF-8; the message names the place.</exception>
    public static string Decode(string path, ReadOnlySpan<byte> bytes)
    {
        if (bytes.StartsWith(Encoding.UTF8.Preamble)) bytes = bytes[Encoding.UTF8.Preamble.Length..];
        try
        {
            return Strict.GetString(bytes);
        }
        catch (DecoderFallbackException e)
        {
            throw new InputException($"{path}: byte {e.Index} (0x{e.BytesUnknown?.FirstOrDefault():X2}) is not UTF-8; save the file as UTF-8", e);
        }
    }

    /// <summary>The lines of a file, one after the other, without holding the file.</summary>
    /// <param name="path">The file; lines end in LF or CR LF.</param>
    /// <param name="longest">Most characters of a line.</param>
    /// <exception cref="InputException">The file cannot be read, is not UTF-8, or has a longer line; the message names the line.</exception>
    public static IEnumerable<string> Lines(string path, int longest)
    {
        using var reader = Open(path);
        var line = new StringBuilder();
        var buffer = new char[1 << 14];
        int number = 1;
        for (int read; (read = Read(path, reader, buffer, number)) > 0;)
        {
            for (int from = 0; from < read;)
            {
                int end = Array.IndexOf(buffer, '\n', from, read - from), to = end < 0 ? read : end;
                line.Append(buffer, from, to - from);
                if (line.Length > longest) throw new InputException($"{path}({number}): the line has more than {longest} characters");
                from = to + 1;
                if (end < 0) continue;
                yield return Ended(line);
                number++;
            }
        }
        if (line.Length > 0) yield return Ended(line);
    }

    /// <summary>The first characters of a file, all when there are fewer.</summary>
    /// <param name="path">The file.</param>
    /// <param name="characters">How many; a surrogate pair is not cut.</param>
    /// <exception cref="InputException">The file cannot be read or is not UTF-8.</exception>
    public static string Start(string path, int characters)
    {
        using var reader = Open(path);
        var text = new StringBuilder();
        var buffer = new char[1 << 14];
        while (text.Length < characters && Read(path, reader, buffer.AsSpan(0, Math.Min(buffer.Length, characters - text.Length)), null) is > 0 and var read)
            text.Append(buffer, 0, read);
        if (text.Length > 0 && char.IsHighSurrogate(text[^1])) text.Length--;
        return text.ToString();
    }

    /// <summary>Opens a file; marks of other encodings are bytes that are not UTF-8.</summary>
    private static StreamReader Open(string path) => new(InputFile.Open(path), Strict, detectEncodingFromByteOrderMarks: false);

    private static string Ended(StringBuilder line)
    {
        if (line.Length > 0 && line[^1] == '\r') line.Length--;
        string text = line.ToString();
        line.Clear();
        return text;
    }

    private static int Read(string path, StreamReader reader, Span<char> buffer, int? line)
    {
        try
        {
            return reader.Read(buffer);
        }
        catch (DecoderFallbackException e)
        {
            string place = line is null ? path : $"{path}: at or after line {line}";
            throw new InputException($"{place}: a byte 0x{e.BytesUnknown?.FirstOrDefault():X2} is not UTF-8; save the file as UTF-8", e);
        }
    }
}

using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace Ohmformer.Files;

/// <summary>What the header of a .npy file says: a Python dictionary with the keys descr, fortran_order and shape.</summary>
/// <param name="Description">Element type, for example "&lt;f4".</param>
/// <param name="FortranOrder">Whether the first index runs fastest.</param>
/// <param name="Shape">Sizes.</param>
internal sealed record NpyHeader(string Description, bool FortranOrder, int[] Shape)
{
    private const int MaxBytes = 1 << 20, MaxDimensions = 64, Alignment = 64;

    private static readonly byte[] Magic = [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    /// <summary>Reads a header and leaves the stream at the first element.</summary>
    /// <exception cref="InputException">The stream does not begin with a header of versions 1 to 3.</exception>
    public static NpyHeader Read(string path, Stream stream)
    {
        Span<byte> start = stackalloc byte[Magic.Length + 2];
        if (stream.ReadAtLeast(start, start.Length, throwOnEndOfStream: false) < start.Length || !start.StartsWith(Magic))
            throw new InputException($"{path}: does not begin with the magic bytes of a .npy file");
        int version = start[^2];
        if (version is < 1 or > 3) throw new InputException($"{path}: .npy version {version}.{start[^1]}; versions 1 to 3 are read");

        Span<byte> length = stackalloc byte[sizeof(uint)];
        length.Clear();
        var used = length[..(version == 1 ? sizeof(ushort) : sizeof(uint))];
        int found = stream.ReadAtLeast(used, used.Length, throwOnEndOfStream: false);
        uint bytes = BinaryPrimitives.ReadUInt32LittleEndian(length);
        if (found < used.Length || bytes > stream.Length - stream.Position) throw new InputException($"{path}: truncated: the file ends in its header");
        if (bytes > MaxBytes) throw new InputException($"{path}: claims a header of {bytes} bytes; at most {MaxBytes} are read");
        var text = new byte[bytes];
        stream.ReadExactly(text);
        return new Parser(path, (version == 3 ? Encoding.UTF8 : Encoding.Latin1).GetString(text)).Header();
    }

    /// <summary>The bytes before the first element, version 1, a multiple of 64.</summary>
    public byte[] Format()
    {
        string shape = Shape.Length == 1 ? $"{Shape[0]}," : string.Join(", ", Shape);
        string text = $"{{'descr': '{Description}', 'fortran_order': {(FortranOrder ? "True" : "False")}, 'shape': ({shape}), }}";
        int fixedBytes = Magic.Length + 4, total = (fixedBytes + text.Length + 1 + Alignment - 1) / Alignment * Alignment;
        ushort length = (ushort)(total - fixedBytes);
        return [.. Magic, 1, 0, (byte)length, (byte)(length >> 8), .. Encoding.Latin1.GetBytes(text.PadRight(length - 1) + "\n")];
    }

    /// <summary>Reads the dictionary's text.</summary>
    private sealed class Parser(string path, string text)
    {
        private int _at;

        public NpyHeader Header()
        {
            string? description = null;
            bool? fortranOrder = null;
            int[]? shape = null;
            Expect('{');
            while (!Accept('}'))
            {
                string key = Text();
                Expect(':');
                if (key == "descr" && description is null) description = Text();
                else if (key == "fortran_order" && fortranOrder is null) fortranOrder = Flag();
                else if (key == "shape" && shape is null) shape = Sizes();
                else throw Wrong($"the key '{key}' is unknown or occurs twice");
                if (!Accept(',') && Peek() != '}') throw Wrong("a comma or } is missing");
            }
            if (Peek() != '\0') throw Wrong("text follows the }");
            if (description is null || fortranOrder is null || shape is null) throw Wrong("it needs the keys descr, fortran_order and shape");
            return new NpyHeader(description, fortranOrder.Value, shape);
        }

        private string Text()
        {
            char quote = Peek();
            int end = quote is '\'' or '"' ? text.IndexOf(quote, _at + 1) : -1;
            if (end < 0) throw Wrong("a text in quotes is missing (structured element types are not supported)");
            string found = text[(_at + 1)..end];
            _at = end + 1;
            return found;
        }

        private bool Flag()
        {
            Peek();
            foreach (bool value in new[] { true, false })
                if (string.CompareOrdinal(text, _at, $"{value}", 0, $"{value}".Length) == 0)
                {
                    _at += $"{value}".Length;
                    return value;
                }
            throw Wrong("fortran_order must be True or False");
        }

        private int[] Sizes()
        {
            var sizes = new List<int>();
            Expect('(');
            while (!Accept(')'))
            {
                Peek();
                int end = _at;
                while (end < text.Length && char.IsAsciiDigit(text[end])) end++;
                if (!int.TryParse(text.AsSpan(_at, end - _at), NumberStyles.None, CultureInfo.InvariantCulture, out int size))
                    throw Wrong($"shape must hold whole numbers from 0 to {int.MaxValue}");
                if (sizes.Count == MaxDimensions) throw Wrong($"shape has more than {MaxDimensions} sizes");
                sizes.Add(size);
                _at = end;
                if (!Accept(',') && Peek() != ')') throw Wrong("a comma or ) is missing");
            }
            return [.. sizes];
        }

        private bool Accept(char c)
        {
            if (Peek() != c) return false;
            _at++;
            return true;
        }

        private void Expect(char c)
        {
            if (!Accept(c)) throw Wrong($"{c} is missing");
        }

        /// <summary>The next character that is not white space; '\0' at the end.</summary>
        private char Peek()
        {
            while (_at < text.Length && text[_at] is ' ' or '\n' or '\t' or '\r') _at++;
            return _at < text.Length ? text[_at] : '\0';
        }

        private InputException Wrong(string what) => new($"{path}: the .npy header is damaged at character {_at}: {what}");
    }
}

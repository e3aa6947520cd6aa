using System.IO.Compression;
using Ohmformer.Files;

namespace Ohmformer.Models.Images;

/// <summary>Reads a binary file that may be packed with gzip, never more than is asked for.</summary>
internal sealed class PackedFile : IDisposable
{
    /// <summary>Deflate cannot pack tighter than this, so a larger claim is false before any memory is reserved.</summary>
    public const long MaxRatio = 1032;

    private readonly string _path;
    private readonly FileStream _file;
    private readonly Stream _stream;

    /// <summary>Opens a file; a name that ends in .gz means it is packed.</summary>
    /// <exception cref="InputException">It cannot be read.</exception>
    public PackedFile(string path)
    {
        _path = path;
        _file = InputFile.Open(path);
        _stream = path.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(_file, CompressionMode.Decompress) : _file;
    }

    /// <summary>Exactly so many bytes.</summary>
    /// <exception cref="InputException">The file is shorter, damaged, or too short to hold them.</exception>
    public byte[] Read(long bytes)
    {
        long possible = Math.Min(Array.MaxLength, _stream == _file ? _file.Length : _file.Length * MaxRatio);
        if (bytes > possible) throw new InputException($"{_path}: claims {bytes} bytes of data; a file of {_file.Length} bytes cannot hold them");
        var data = new byte[bytes];
        int read = ReadUpTo(data);
        return read == bytes ? data : throw new InputException($"{_path}: truncated: {bytes} bytes expected, {read} found");
    }

    /// <summary>Reads on until the end or until the buffer is full.</summary>
    /// <returns>Bytes read.</returns>
    /// <exception cref="InputException">The file is damaged.</exception>
    public int ReadUpTo(Span<byte> data)
    {
        try
        {
            return _stream.ReadAtLeast(data, data.Length, throwOnEndOfStream: false);
        }
        catch (Exception e) when (e is InvalidDataException or IOException)
        {
            throw new InputException($"{_path}: damaged or truncated: {e.Message}", e);
        }
    }

    /// <summary>Checks that nothing follows.</summary>
    /// <exception cref="InputException">There is more data.</exception>
    public void ExpectEnd()
    {
        Span<byte> one = stackalloc byte[1];
        if (ReadUpTo(one) > 0) throw new InputException($"{_path}: more data follows than the header says");
    }

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();
}

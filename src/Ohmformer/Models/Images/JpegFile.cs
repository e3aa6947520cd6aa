using System.Runtime.InteropServices;
using Ohmformer.Files;

namespace Ohmformer.Models.Images;

/// <summary>
/// JPEG files, decoded by the system library libturbojpeg where it is installed (TurboJPEG API 2, as of libjpeg-turbo 1.4), with the accurate
/// inverse transform and smooth chroma upsampling, as most programs decode. Colors of print (CMYK) become RGB as in PIL.
/// </summary>
internal static class JpegFile
{
    /// <summary>Whether the system library is there.</summary>
    public static bool IsSupported => TurboJpeg.Library.Value is not null;

    /// <summary>Whether bytes begin as a JPEG file does.</summary>
    public static bool Recognizes(ReadOnlySpan<byte> bytes) => bytes.StartsWith<byte>([0xFF, 0xD8, 0xFF]);

    /// <summary>Decodes a file that is recognized to gray or RGB.</summary>
    /// <param name="path">The file, for messages.</param>
    /// <param name="bytes">Its content.</param>
    /// <exception cref="InputException">The file is damaged, or the system library is absent.</exception>
    public static Picture Decode(string path, byte[] bytes)
    {
        var library = TurboJpeg.Library.Value ?? throw new InputException(
            $"{path}: to read JPEG the system library libturbojpeg is needed; install it (Debian and Ubuntu: apt-get install libturbojpeg0, Fedora: turbojpeg, macOS: brew install jpeg-turbo) or convert the images to PNG");
        return library.Decode(path, bytes);
    }

    /// <summary>The functions of libturbojpeg that are used (turbojpeg.h).</summary>
    private sealed unsafe class TurboJpeg
    {
        private const int GrayColorSpace = 2, CmykColorSpace = 3, YcckColorSpace = 4, RgbPixels = 0, GrayPixels = 6, CmykPixels = 11, AccurateTransform = 4096;

        /// <summary>A remark of the decoder that leaves all pixels intact; some files of ImageNet cause it.</summary>
        private const string HarmlessRemark = "extraneous bytes before marker";

        private static readonly string[] Names = ["libturbojpeg.so.0", "libturbojpeg.so", "libturbojpeg.0.dylib", "/opt/homebrew/lib/libturbojpeg.dylib", "turbojpeg.dll"];

        private readonly delegate* unmanaged[Cdecl]<nint> _start;
        private readonly delegate* unmanaged[Cdecl]<nint, byte*, CULong, int*, int*, int*, int*, int> _readHeader;
        private readonly delegate* unmanaged[Cdecl]<nint, byte*, CULong, byte*, int, int, int, int, int, int> _decompress;
        private readonly delegate* unmanaged[Cdecl]<nint, byte*> _message;
        private readonly delegate* unmanaged[Cdecl]<nint, int> _end;

        private TurboJpeg(nint library)
        {
            _start = (delegate* unmanaged[Cdecl]<nint>)NativeLibrary.GetExport(library, "tjInitDecompress");
            _readHeader = (delegate* unmanaged[Cdecl]<nint, byte*, CULong, int*, int*, int*, int*, int>)NativeLibrary.GetExport(library, "tjDecompressHeader3");
            _decompress = (delegate* unmanaged[Cdecl]<nint, byte*, CULong, byte*, int, int, int, int, int, int>)NativeLibrary.GetExport(library, "tjDecompress2");
            _message = (delegate* unmanaged[Cdecl]<nint, byte*>)NativeLibrary.GetExport(library, "tjGetErrorStr2");
            _end = (delegate* unmanaged[Cdecl]<nint, int>)NativeLibrary.GetExport(library, "tjDestroy");
        }

        /// <summary>The library, or null where it is not installed or too old.</summary>
        public static Lazy<TurboJpeg?> Library { get; } = new(Find);

        /// <summary>Decodes one file; a decoder of its own makes this safe on many threads.</summary>
        public Picture Decode(string path, byte[] bytes)
        {
            nint decoder = _start();
            if (decoder == 0) throw new InputException($"{path}: libturbojpeg cannot start a decoder; is the memory exhausted?");
            try
            {
                return Decode(path, bytes, decoder);
            }
            finally
            {
                _ = _end(decoder);
            }
        }

        private static TurboJpeg? Find()
        {
            foreach (string name in Names)
                if (NativeLibrary.TryLoad(name, out nint library))
                    return NativeLibrary.TryGetExport(library, "tjGetErrorStr2", out _) ? new TurboJpeg(library) : null;
            return null;
        }

        private Picture Decode(string path, byte[] bytes, nint decoder)
        {
            int width, height, subsampling, colors;
            fixed (byte* file = bytes)
            {
                Check(path, decoder, _readHeader(decoder, file, new CULong((uint)bytes.Length), &width, &height, &subsampling, &colors));
                if (width < 1 || height < 1) throw new InputException($"{path}: damaged or truncated: it has no image header");
                PictureFile.CheckSize(path, width, height);
                var (channels, format) = colors switch
                {
                    GrayColorSpace => (1, GrayPixels),
                    CmykColorSpace or YcckColorSpace => (4, CmykPixels),
                    _ => (3, RgbPixels),
                };
                byte[] interleaved = new byte[channels * width * height];
                fixed (byte* pixels = interleaved)
                    Check(path, decoder, _decompress(decoder, file, new CULong((uint)bytes.Length), pixels, width, 0, height, format, AccurateTransform));
                byte[] planes = Planes(interleaved, channels);
                return channels == 4 ? Rgb(planes, height, width) : new Picture(planes, channels, height, width);
            }
        }

        private void Check(string path, nint decoder, int status)
        {
            if (status == 0) return;
            string message = Marshal.PtrToStringUTF8((nint)_message(decoder)) ?? "";
            if (!message.Contains(HarmlessRemark, StringComparison.Ordinal)) throw new InputException($"{path}: damaged or truncated: {message}");
        }

        /// <summary>From [height, width, channels] to [channels, height, width].</summary>
        private static byte[] Planes(byte[] interleaved, int channels)
        {
            if (channels == 1) return interleaved;
            int area = interleaved.Length / channels;
            var planes = new byte[interleaved.Length];
            for (int c = 0; c < channels; c++)
                for (int i = 0; i < area; i++) planes[c * area + i] = interleaved[i * channels + c];
            return planes;
        }

        /// <summary>RGB of four planes that hold 255 minus cyan, magenta, yellow and black, as JPEG files do.</summary>
        private static Picture Rgb(byte[] planes, int height, int width)
        {
            int area = height * width;
            var rgb = new byte[3 * area];
            for (int i = 0; i < rgb.Length; i++)
            {
                int light = planes[3 * area + i % area];
                rgb[i] = (byte)(light - ((255 - planes[i]) * light + 127) / 255);
            }
            return new Picture(rgb, 3, height, width);
        }
    }
}

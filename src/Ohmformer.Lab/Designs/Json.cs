using System.Text.Encodings.Web;
using System.Text.Json;

namespace Ohmformer.Lab.Designs;

/// <summary>JSON texts that people read.</summary>
internal static class Json
{
    /// <summary>Indented, and without escapes for letters that need none.</summary>
    public static JsonSerializerOptions Readable { get; } = new()
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };
}

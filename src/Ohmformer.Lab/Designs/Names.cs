using System.Text.Json;

namespace Ohmformer.Lab.Designs;

/// <summary>How names of the code are spelled in design files.</summary>
internal static class Names
{
    /// <summary>Key of a property: ActiveRows is activeRows.</summary>
    public static string Camel(string name) => JsonNamingPolicy.CamelCase.ConvertName(name);

    /// <summary>Name of an enumeration value: HalfUp is half-up.</summary>
    public static string Kebab(string name) => JsonNamingPolicy.KebabCaseLower.ConvertName(name);

    /// <summary>Whether a text is a name as presets have: lower-case letters, digits and hyphens.</summary>
    public static bool IsPresetName(string text) =>
        text.Length is > 0 and <= 100 && text[0] != '-' && text.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-');
}

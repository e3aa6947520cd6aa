using System.Globalization;

namespace Ohmformer.Lab.Runs;

/// <summary>Times for people.</summary>
internal static class DurationText
{
    /// <summary>Hours, minutes and seconds; a day has 24 hours more.</summary>
    public static string Of(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{(long)time.TotalHours:00}:{time:mm\\:ss}");
}

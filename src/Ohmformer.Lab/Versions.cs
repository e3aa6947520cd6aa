using System.Reflection;

namespace Ohmformer.Lab;

/// <summary>Which build made a result.</summary>
public static class Versions
{
    /// <summary>Version and source revision, for example "0.1.0+3f2a...".</summary>
    public static string Version { get; } =
        typeof(Versions).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "unknown";
}

using Ohmformer.Files;

namespace Ohmformer.Arrays;

/// <summary>Which kernel a macro uses.</summary>
internal static class KernelChoice
{
    /// <summary>The environment variable that decides where <see cref="KernelKind.Auto"/> leaves the choice open.</summary>
    public const string Variable = "OHMFORMER_KERNEL";

    /// <summary>The kernel of a choice; <see cref="KernelKind.Auto"/> asks the environment.</summary>
    /// <exception cref="InputException">The environment names no kernel.</exception>
    public static IMacroKernel Of(KernelKind kind) => (kind == KernelKind.Auto ? Parse(Environment.GetEnvironmentVariable(Variable)) : kind) switch
    {
        KernelKind.Reference => new ReferenceKernel(),
        KernelKind.Vector => new VectorKernel(),
        KernelKind.Lookup => new LookupKernel(new VectorKernel()),
        KernelKind.Gather => new GatherKernel(new VectorKernel()),
        KernelKind.Byte => new ByteKernel(new VectorKernel()),
        KernelKind.Exact => new ExactKernel(new VectorKernel()),
        _ => new ExactKernel(new ByteKernel(new LookupKernel(new GatherKernel(new VectorKernel())))),
    };

    /// <summary>The choice a value of the variable stands for.</summary>
    /// <exception cref="InputException">The value names no kernel.</exception>
    public static KernelKind Parse(string? value)
    {
        if (string.IsNullOrEmpty(value)) return KernelKind.Auto;
        foreach (var kind in Enum.GetValues<KernelKind>())
            if (string.Equals(kind.ToString(), value, StringComparison.OrdinalIgnoreCase)) return kind;
        string allowed = string.Join(", ", Enum.GetNames<KernelKind>().Select(name => name.ToLowerInvariant()));
        throw new InputException($"the environment variable {Variable} is \"{value}\"; allowed are {allowed}. Correct or remove it.");
    }
}

using Ohmformer.Arrays;
using Ohmformer.Circuits.Adc;
using Ohmformer.Cost;
using Ohmformer.Devices;
using Ohmformer.Mapping;
using Ohmformer.Physics;
using Ohmformer.Techniques.ClipFormer;
using Ohmformer.Techniques.Trex;
using Ohmformer.Training;
using Ohmformer.Training.Tasks;

namespace Ohmformer;

/// <summary>
/// The one list of everything pluggable. Adding a device or a converter is one file with its specification and behavior, one
/// line here and one preset in catalog/; a task to train is the same without a preset.
/// </summary>
public sealed class Catalog
{
    /// <summary>What Ohmformer ships.</summary>
    public static Catalog Shipped { get; } = new(
        presets:
        [
            new("technologies", typeof(Technology)),
            new("devices", typeof(DeviceSpec)),
            new("adcs", typeof(AdcSpec)),
            new("circuits", typeof(ComponentCost)),
            new("transforms", typeof(OperandTransformSpec)),
            new("macros", typeof(MacroSpec)),
            new("chips", typeof(ChipSpec)),
            new("gpus", typeof(GpuSpec)),
            new("designs", typeof(Design)),
            new("recipes", typeof(TrexRecipe)),
        ],
        types:
        [
            new(typeof(DeviceSpec), "ideal", typeof(IdealDeviceSpec)),
            new(typeof(DeviceSpec), "rram", typeof(RramSpec)),
            new(typeof(DeviceSpec), "fe-fet", typeof(FeFetSpec)),
            new(typeof(DeviceSpec), "pcm", typeof(PcmSpec)),
            new(typeof(DeviceSpec), "stt-mram", typeof(SttMramSpec)),
            new(typeof(DeviceSpec), "sram", typeof(SramSpec)),
            new(typeof(AdcSpec), "ideal", typeof(IdealAdcSpec)),
            new(typeof(AdcSpec), "sar", typeof(SarAdcSpec)),
            new(typeof(AdcSpec), "flash", typeof(FlashAdcSpec)),
            new(typeof(OperandTransformSpec), "clipformer", typeof(ClipFormerSpec)),
            new(typeof(TaskSpec), "images", typeof(ImageTaskSpec)),
            new(typeof(TaskSpec), "features", typeof(FeatureTaskSpec)),
            new(typeof(TaskSpec), "sentences", typeof(SentenceTaskSpec)),
            new(typeof(TaskSpec), "text", typeof(LanguageTaskSpec)),
            new(typeof(ForwardNoiseSpec), "clipformer", typeof(ClipFormerNoiseSpec)),
            new(typeof(ForwardNoiseSpec), "trex", typeof(TrexNoiseSpec)),
        ]);

    /// <summary>Makes a catalog.</summary>
    /// <param name="presets">Folders of presets.</param>
    /// <param name="types">Pluggable types.</param>
    /// <exception cref="ArgumentException">A name is used twice, or a type does not implement its seam.</exception>
    public Catalog(IReadOnlyList<PresetKind> presets, IReadOnlyList<PluggableType> types)
    {
        Presets = presets;
        Types = types;
        if (presets.DistinctBy(p => p.Folder).Count() < presets.Count || presets.DistinctBy(p => p.Record).Count() < presets.Count)
            throw new ArgumentException("A folder or a record is listed twice.", nameof(presets));
        if (types.DistinctBy(t => (t.Seam, t.Name)).Count() < types.Count || types.DistinctBy(t => t.Spec).Count() < types.Count)
            throw new ArgumentException("A name or a specification is listed twice.", nameof(types));
        if (types.FirstOrDefault(t => t.Spec.IsAbstract || !t.Spec.IsSubclassOf(t.Seam)) is { } wrong)
            throw new ArgumentException($"{wrong.Spec.Name} is not a {wrong.Seam.Name}.", nameof(types));
    }

    /// <summary>Which record the presets of each folder hold.</summary>
    public IReadOnlyList<PresetKind> Presets { get; }

    /// <summary>The types that design files select by <c>type:</c>.</summary>
    public IReadOnlyList<PluggableType> Types { get; }
}

/// <summary>A folder of presets.</summary>
/// <param name="Folder">Name of the folder below catalog/.</param>
/// <param name="Record">The record that its files hold.</param>
public sealed record PresetKind(string Folder, Type Record);

/// <summary>A type that can be plugged into a seam.</summary>
/// <param name="Seam">The abstract specification, for example <see cref="DeviceSpec"/>.</param>
/// <param name="Name">Name in design files, lower case with hyphens.</param>
/// <param name="Spec">The concrete specification.</param>
public sealed record PluggableType(Type Seam, string Name, Type Spec);

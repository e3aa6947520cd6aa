using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.CompilerServices;
using Ohmformer.Physics;

namespace Ohmformer.Lab.Designs;

/// <summary>The parameters of one specification record, found by reflection over <see cref="ParameterAttribute"/>.</summary>
internal sealed class SpecShape
{
    private static readonly ConcurrentDictionary<Type, SpecShape> Known = new();

    private readonly Type _type;
    private readonly Lazy<object?> _defaults;

    private SpecShape(Type type)
    {
        _type = type;
        _defaults = new(() => type.IsAbstract ? null : Activator.CreateInstance(type));
        var nullability = new NullabilityInfoContext();
        Properties = [.. Lineage(type)
            .SelectMany(t => t.GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly))
            .Where(p => p.IsDefined(typeof(ParameterAttribute)))
            .Select(p => new SpecProperty(p, nullability.Create(p).WriteState == NullabilityState.Nullable))];
    }

    /// <summary>The parameters, those of the most basic record first, in the order of the code.</summary>
    public IReadOnlyList<SpecProperty> Properties { get; }

    public SpecProperty? Find(string key) => Properties.FirstOrDefault(p => p.Key == key);

    /// <summary>The value that a parameter has when a file does not set it; null for an abstract record.</summary>
    public object? Default(SpecProperty property) => _defaults.Value is { } record ? property.Get(record) : null;

    /// <summary>A record whose parameters all have their defaults.</summary>
    public object Create() => Activator.CreateInstance(_type)!;

    public static SpecShape Of(Type type) => Known.GetOrAdd(type, t => new(t));

    /// <summary>Whether a type is read from a mapping.</summary>
    public static bool IsRecord(Type type) => type is { IsClass: true, IsGenericType: false } && type != typeof(string);

    private static IEnumerable<Type> Lineage(Type type) =>
        type.BaseType is { } parent && parent != typeof(object) ? Lineage(parent).Append(type) : [type];
}

/// <summary>One parameter.</summary>
internal sealed class SpecProperty
{
    private readonly PropertyInfo _property;

    public SpecProperty(PropertyInfo property, bool nullable)
    {
        _property = property;
        Nullable = nullable;
        Key = Names.Camel(property.Name);
        Parameter = property.GetCustomAttribute<ParameterAttribute>()!;
        Required = property.IsDefined(typeof(RequiredMemberAttribute));
        Type = System.Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        if (Type.IsGenericType && Type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>)) Element = Type.GenericTypeArguments[0];
        Scalar = ScalarType.Of(Element ?? Type);
        if (!property.CanWrite || (Scalar is null && !SpecShape.IsRecord(Element ?? Type)))
            throw new ArgumentException($"{property.DeclaringType!.Name}.{property.Name} carries [Parameter], but design files cannot hold a {Type.Name}.");
    }

    /// <summary>Name in design files.</summary>
    public string Key { get; }

    /// <summary>Name in the code.</summary>
    public string Name => _property.Name;

    public ParameterAttribute Parameter { get; }

    public bool Required { get; }

    public bool Nullable { get; }

    /// <summary>Type of the value, without nullability.</summary>
    public Type Type { get; }

    /// <summary>Type of the items of a list; null when the value is not a list.</summary>
    public Type? Element { get; }

    /// <summary>How the value, or each item of a list, is read; null for records.</summary>
    public ScalarType? Scalar { get; }

    public object? Get(object record) => _property.GetValue(record);

    public void Set(object record, object? value) => _property.SetValue(record, value);
}

using System.Globalization;
using System.Numerics;
using System.Text.Json;
using System.Text.Json.Nodes;
using Ohmformer.Physics;

namespace Ohmformer.Lab.Designs;

/// <summary>A type of single values in design files: how it is read, written and described to editors.</summary>
internal abstract class ScalarType
{
    /// <summary>Reads a value.</summary>
    /// <returns>Null when the value is not of this type; <paramref name="problem"/> then continues the sentence "'key' is 'text'".</returns>
    public abstract object? Read(YamlScalar scalar, out string problem);

    /// <summary>The value as YAML text that reads back to exactly the same value.</summary>
    public abstract string Write(object value);

    /// <summary>The number that a range applies to, in SI units; null for values without order.</summary>
    public virtual double? Magnitude(object value) => null;

    /// <summary>An end of a range as people write it.</summary>
    public virtual string WriteBound(double bound) => bound.ToString("R", CultureInfo.InvariantCulture);

    /// <summary>JSON schema of the values.</summary>
    public abstract JsonObject Schema(ParameterAttribute parameter);

    /// <summary>The scalar type of a .NET type, or null when the type is not a scalar.</summary>
    public static ScalarType? Of(Type type)
    {
        if (type == typeof(string)) return new TextType();
        if (type == typeof(bool)) return new BooleanType();
        if (type == typeof(int)) return new NumberType<int>();
        if (type == typeof(long)) return new NumberType<long>();
        if (type == typeof(ulong)) return new NumberType<ulong>();
        if (type == typeof(float)) return new NumberType<float>();
        if (type == typeof(double)) return new NumberType<double>();
        if (type.IsEnum) return new EnumType(type);
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Quantity<>))
            return (ScalarType)Activator.CreateInstance(typeof(QuantityType<>).MakeGenericType(type.GenericTypeArguments))!;
        return null;
    }
}

/// <summary>Text that is not blank.</summary>
internal sealed class TextType : ScalarType
{
    public override object? Read(YamlScalar scalar, out string problem)
    {
        problem = "is empty; write a text";
        return string.IsNullOrWhiteSpace(scalar.Text) || scalar.IsNull ? null : scalar.Text;
    }

    public override string Write(object value) => JsonSerializer.Serialize((string)value, Json.Readable);

    public override JsonObject Schema(ParameterAttribute parameter) => new() { ["type"] = "string", ["minLength"] = 1 };
}

/// <summary>true or false.</summary>
internal sealed class BooleanType : ScalarType
{
    public override object? Read(YamlScalar scalar, out string problem)
    {
        problem = $"is {Wording.Quote(scalar.Text)}; write true or false, without quotes";
        return (scalar.Quoted, scalar.Text) switch { (false, "true") => true, (false, "false") => false, _ => null };
    }

    public override string Write(object value) => (bool)value ? "true" : "false";

    public override JsonObject Schema(ParameterAttribute parameter) => new() { ["type"] = "boolean" };
}

/// <summary>A pure number.</summary>
internal sealed class NumberType<T> : ScalarType
    where T : struct, INumber<T>
{
    private static readonly bool Whole = T.One / (T.One + T.One) == T.Zero;

    public override object? Read(YamlScalar scalar, out string problem)
    {
        string kind = Whole ? "a whole number" : "a number";
        problem = $"is {Wording.Quote(scalar.Text)}; write {kind}, for example 8{(Whole ? "" : " or 0.05")}{(scalar.Quoted ? ", without quotes" : "")}";
        var style = Whole ? NumberStyles.AllowLeadingSign : NumberStyles.Float & ~(NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite);
        return !scalar.Quoted && T.TryParse(scalar.Text, style, CultureInfo.InvariantCulture, out var value) && T.IsFinite(value) ? value : null;
    }

    public override string Write(object value) => ((T)value).ToString(null, CultureInfo.InvariantCulture);

    public override double? Magnitude(object value) => double.CreateChecked((T)value);

    public override JsonObject Schema(ParameterAttribute parameter)
    {
        var schema = new JsonObject { ["type"] = Whole ? "integer" : "number" };
        if (double.IsFinite(parameter.Min)) schema["minimum"] = parameter.Min;
        if (double.IsFinite(parameter.Max)) schema["maximum"] = parameter.Max;
        return schema;
    }
}

/// <summary>One name of a fixed set, in lower case with hyphens.</summary>
internal sealed class EnumType(Type type) : ScalarType
{
    private readonly Dictionary<string, object> _values = Enum.GetValues(type).Cast<object>().ToDictionary(v => Names.Kebab(v.ToString()!), v => v);

    public override object? Read(YamlScalar scalar, out string problem)
    {
        problem = $"is {Wording.Quote(scalar.Text)}{Wording.Allowed(scalar.Text, _values.Keys)}";
        return _values.GetValueOrDefault(scalar.Text);
    }

    public override string Write(object value) => Names.Kebab(value.ToString()!);

    public override JsonObject Schema(ParameterAttribute parameter) => new() { ["enum"] = new JsonArray([.. _values.Keys.Select(k => JsonValue.Create(k))]) };
}

/// <summary>A number with a unit. A conductance may also be written as a resistance: "10 MOhm" is 100 nS.</summary>
internal sealed class QuantityType<TUnit> : ScalarType
    where TUnit : IUnit
{
    private const string Number = @"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?";
    private static readonly (string Prefix, int Exponent)[] Prefixes =
    [
        ("", 0), ("k", 3), ("M", 6), ("G", 9), ("T", 12), ("m", -3), ("u", -6), ("n", -9), ("p", -12), ("f", -15), ("a", -18), ("z", -21), ("y", -24),
    ];

    private static readonly string[] ShortestFirst = ["G4", "G9", "G15", "R"];
    private static readonly bool AlsoOhm = typeof(TUnit) == typeof(Siemens);

    public override object? Read(YamlScalar scalar, out string problem)
    {
        problem = $"is {Wording.Quote(scalar.Text)}; write a number and the unit {TUnit.Symbol}{(AlsoOhm ? " or Ohm" : "")}, with a prefix if needed, for example \"{Example}\"";
        if (Quantity<TUnit>.TryParse(scalar.Text, out var quantity)) return quantity;
        if (AlsoOhm && Quantity<Ohm>.TryParse(scalar.Text, out var resistance) && resistance.Si > 0) return new Quantity<TUnit>(1 / resistance.Si);
        return null;
    }

    public override string Write(object value)
    {
        double si = ((Quantity<TUnit>)value).Si;
        var texts = from digits in ShortestFirst
                    from unit in Prefixes
                    let number = si / Math.Pow(10, unit.Exponent * TUnit.Power)
                    where si == 0 || (Math.Abs(number) >= (TUnit.Power == 1 ? 0.9999 : 0.0099) && Math.Abs(number) < 10000)
                    let text = $"{number.ToString(digits, CultureInfo.InvariantCulture)} {unit.Prefix}{TUnit.Symbol}"
                    where Quantity<TUnit>.TryParse(text, out var back) && back.Si == si
                    select text;
        return $"\"{texts.FirstOrDefault() ?? $"{si.ToString("R", CultureInfo.InvariantCulture)} {TUnit.Symbol}"}\"";
    }

    public override double? Magnitude(object value) => ((Quantity<TUnit>)value).Si;

    public override string WriteBound(double bound) => new Quantity<TUnit>(bound).ToString();

    public override JsonObject Schema(ParameterAttribute parameter) => new()
    {
        ["type"] = "string",
        ["pattern"] = $@"^\s*{Number}\s*[TGMkmunpfazyµμ]?({TUnit.Symbol}{(AlsoOhm ? "|Ohm" : "")})\s*$",
        ["examples"] = new JsonArray(Example),
    };

    private static string Example => TUnit.Symbol switch
    {
        "J" => "1.5 pJ",
        "s" => "10 ns",
        "m2" => "25 um2",
        "W" => "70 W",
        "V" => "0.2 V",
        "S" => "10 uS",
        "m" => "32 nm",
        "Hz" => "1.28 GHz",
        _ => $"1 {TUnit.Symbol}",
    };
}

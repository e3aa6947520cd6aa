namespace Ohmformer.Physics;

/// <summary>Unit of energy.</summary>
public readonly struct Joule : IUnit
{
    /// <inheritdoc/>
    public static string Symbol => "J";
}

/// <summary>Unit of time.</summary>
public readonly struct Second : IUnit
{
    /// <inheritdoc/>
    public static string Symbol => "s";
}

/// <summary>Unit of area.</summary>
public readonly struct SquareMeter : IUnit
{
    /// <inheritdoc/>
    public static string Symbol => "m2";

    /// <inheritdoc/>
    public static int Power => 2;
}

/// <summary>Unit of power.</summary>
public readonly struct Watt : IUnit
{
    /// <inheritdoc/>
    public static string Symbol => "W";
}

/// <summary>Unit of voltage.</summary>
public readonly struct Volt : IUnit
{
    /// <inheritdoc/>
    public static string Symbol => "V";
}

/// <summary>Unit of conductance.</summary>
public readonly struct Siemens : IUnit
{
    /// <inheritdoc/>
    public static string Symbol => "S";
}

/// <summary>Unit of length.</summary>
public readonly struct Meter : IUnit
{
    /// <inheritdoc/>
    public static string Symbol => "m";
}

/// <summary>Unit of frequency.</summary>
public readonly struct Hertz : IUnit
{
    /// <inheritdoc/>
    public static string Symbol => "Hz";
}

/// <summary>Unit of resistance. Conductances may be written as resistances in design files.</summary>
public readonly struct Ohm : IUnit
{
    /// <inheritdoc/>
    public static string Symbol => "Ohm";
}

namespace Ohmformer.Numerics;

/// <summary>A number that is a constant to the compiler, which then removes what it rules out.</summary>
internal interface ICount
{
    static abstract int Value { get; }
}

/// <summary>A choice that is a constant to the compiler.</summary>
internal interface IChoice
{
    static abstract bool Value { get; }
}

internal readonly struct Yes : IChoice { public static bool Value => true; }
internal readonly struct No : IChoice { public static bool Value => false; }
internal readonly struct Rows1 : ICount { public static int Value => 1; }
internal readonly struct Rows2 : ICount { public static int Value => 2; }
internal readonly struct Rows3 : ICount { public static int Value => 3; }
internal readonly struct Rows4 : ICount { public static int Value => 4; }
internal readonly struct Rows5 : ICount { public static int Value => 5; }
internal readonly struct Rows6 : ICount { public static int Value => 6; }
internal readonly struct Rows7 : ICount { public static int Value => 7; }
internal readonly struct Rows8 : ICount { public static int Value => 8; }
internal readonly struct Rows9 : ICount { public static int Value => 9; }
internal readonly struct Rows10 : ICount { public static int Value => 10; }
internal readonly struct Rows11 : ICount { public static int Value => 11; }
internal readonly struct Rows12 : ICount { public static int Value => 12; }

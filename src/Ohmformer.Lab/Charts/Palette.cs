namespace Ohmformer.Lab.Charts;

/// <summary>
/// Colors on white and on dark paper, after Okabe and Ito, "Color Universal Design" (2008), with other lightness, so that readers with any color
/// blindness tell them apart. Series differ in their markers, too.
/// </summary>
internal static class Palette
{
    /// <summary>Colors of series, on light paper and on dark.</summary>
    public static IReadOnlyList<(string Light, string Dark)> Colors { get; } =
    [
        ("#0062b1", "#4a94f0"),
        ("#c84400", "#ff6a3d"),
        ("#009e73", "#2fd09a"),
        ("#a8568f", "#c77fb0"),
        ("#e69f00", "#f2cf1d"),
        ("#5aa9f5", "#c3dcff"),
        ("#24292f", "#646c76"),
    ];

    /// <summary>The style sheet of a chart: it follows the reader's choice of light or dark.</summary>
    public static string StyleSheet { get; } = string.Join('\n', (string[])
    [
        "",
        ".chart{font-family:system-ui,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,'DejaVu Sans',sans-serif}",
        .. Sheet(c => c.Light, paper: "#ffffff", ink: "#1f2328", soft: "#59636e", grid: "#e3e7eb", axis: "#8c959f"),
        "@media(prefers-color-scheme:dark){",
        .. Sheet(c => c.Dark, paper: "#0d1117", ink: "#e6edf3", soft: "#9da7b1", grid: "#262c34", axis: "#6e7681"),
        "}",
        "",
    ]);

    private static IEnumerable<string> Sheet(Func<(string Light, string Dark), string> color, string paper, string ink, string soft, string grid, string axis) =>
    [
        $".chart .paper{{fill:{paper}}}.chart .edge{{stroke:{paper}}}.chart .ink{{fill:{ink}}}.chart .whisker{{color:{ink}}}.chart .soft{{fill:{soft}}}.chart .grid{{stroke:{grid}}}.chart .axis{{stroke:{axis}}}",
        string.Concat(Colors.Select((c, i) => $".chart .c{i}{{color:{color(c)}}}")),
    ];
}

using System.Net;
using System.Text;

namespace Ohmformer.Lab.Experiments;

/// <summary>The report of an experiment as one HTML page without anything outside itself.</summary>
internal static class ExperimentPage
{
    private const string Style = """
        :root{--paper:#fff;--ink:#1f2328;--soft:#59636e;--line:#d6dbe1;--shade:#f5f7f9;--good:#0a6b4b;--middle:#7a5200;--bad:#a13100;--none:#59636e}
        @media(prefers-color-scheme:dark){:root{--paper:#0d1117;--ink:#e6edf3;--soft:#9da7b1;--line:#30363d;--shade:#161b22;--good:#3fd29b;--middle:#f0c04a;--bad:#ff8a5c;--none:#9da7b1}}
        body{margin:0 auto;padding:24px 20px 60px;max-width:1000px;background:var(--paper);color:var(--ink);font:15px/1.5 system-ui,-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif}
        h1{font-size:25px;line-height:1.25;margin:0 0 4px}h2{font-size:19px;margin:36px 0 10px}h3{font-size:15px;margin:22px 0 6px}
        p,li{max-width:80ch}.soft{color:var(--soft)}code,pre{font:13px/1.45 ui-monospace,Menlo,Consolas,monospace}pre{background:var(--shade);border:1px solid var(--line);border-radius:6px;padding:10px 12px;overflow-x:auto}
        .wide{overflow-x:auto}table{border-collapse:collapse;font-size:14px}th,td{padding:5px 10px;border-bottom:1px solid var(--line);text-align:left;vertical-align:top}th{color:var(--soft);font-weight:600}
        .numbers td,.numbers th{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}.numbers td:first-child,.numbers th:first-child{text-align:left}
        .verdict{white-space:nowrap;font-weight:600}.reproduced{color:var(--good)}.trend{color:var(--middle)}.not-reproduced{color:var(--bad)}.not-run{color:var(--none);font-weight:400}
        figure{margin:0 0 22px}figure svg{max-width:100%;height:auto;border:1px solid var(--line);border-radius:6px}
        """;

    /// <summary>The page.</summary>
    /// <param name="report">What was found.</param>
    /// <param name="command">The command line that repeats it.</param>
    public static string Html(ExperimentReport report, string command)
    {
        var page = new StringBuilder("<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n");
        page.Append($"<title>{Text(report.Paper.Name)}: claims and verdicts</title>\n<style>\n{Style}\n</style>\n</head>\n<body>\n");
        page.Append($"<h1>{Text(report.Paper.Title)}</h1>\n<p class=\"soft\">What the paper says, and what Ohmformer {Text(Versions.Version)} finds: {Text(VerdictCounts.Of(report.Claims).ToString())}.</p>\n");
        Claims(page, report.Claims);
        if (report.Figures.Count > 0) page.Append("<h2>Figures</h2>\n");
        foreach (var figure in report.Figures) page.Append($"<figure>\n{figure.Image}</figure>\n");
        if (report.Tables.Count > 0) page.Append("<h2>Tables</h2>\n");
        foreach (var table in report.Tables) Table(page, table);
        Repeat(page, report, command);
        return page.Append("</body>\n</html>\n").ToString();
    }

    private static void Claims(StringBuilder page, IReadOnlyList<ClaimResult> claims)
    {
        page.Append("<h2>Claims</h2>\n<div class=\"wide\"><table>\n<tr><th></th><th>claim</th><th>paper</th><th>ours</th><th>verdict</th></tr>\n");
        foreach (var (claim, finding) in claims)
        {
            string words = finding.Verdict.Words();
            page.Append($"<tr><td>{Text(claim.Id)}</td><td>{Text(claim.Text)}</td><td>{Text(claim.Paper)}</td><td>{Text(finding.Ours)}</td>");
            page.Append($"<td class=\"verdict {words.Replace(' ', '-')}\">{Sign(finding.Verdict)} {words}</td></tr>\n");
        }
        page.Append("</table></div>\n");
    }

    private static void Table(StringBuilder page, ReportTable table)
    {
        page.Append($"<h3>{Text(table.Title)}</h3>\n<div class=\"wide\"><table class=\"numbers\">\n<tr>");
        foreach (string column in table.Columns) page.Append($"<th>{Text(column)}</th>");
        page.Append("</tr>\n");
        foreach (var row in table.Rows) page.Append($"<tr>{string.Concat(row.Select(field => $"<td>{Text(field)}</td>"))}</tr>\n");
        page.Append("</table></div>\n");
    }

    private static void Repeat(StringBuilder page, ExperimentReport report, string command)
    {
        page.Append("<h2>How this was measured</h2>\n<ul>\n");
        foreach (string condition in report.Conditions) page.Append($"<li>{Text(condition)}</li>\n");
        page.Append("</ul>\n<p>To repeat it:</p>\n");
        page.Append($"<pre>{Text(command)}</pre>\n<h3>Verdicts</h3>\n<ul>\n");
        foreach (string rule in Rules.Words) page.Append($"<li>{Text(rule)}</li>\n");
        page.Append("</ul>\n");
    }

    /// <summary>A sign beside the color.</summary>
    private static string Sign(Verdict verdict) => verdict switch { Verdict.Reproduced => "✓", Verdict.Trend => "≈", Verdict.NotReproduced => "✗", _ => "–" };

    private static string Text(string text) => WebUtility.HtmlEncode(text);
}

using System.Globalization;
using System.Text;
using Ohmformer.Lab.Benchmarks;
using Ohmformer.Lab.Designs;
using Ohmformer.Lab.Tasks;
using Ohmformer.Models;
using Ohmformer.Training;

namespace Ohmformer.Lab.Runs;

/// <summary>The draft of a model card: what a training knows about its network. The author adds purpose, license, choices and limits.</summary>
internal static class TrainingCard
{
    /// <summary>Name of the card in a model folder.</summary>
    public const string FileName = "README.md";

    /// <summary>The card as Markdown, with front matter that tells programs how to evaluate the network.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="network">The network.</param>
    /// <param name="report">The training.</param>
    /// <param name="command">The command that repeats it.</param>
    /// <param name="threads">Threads that it ran on.</param>
    public static string Text(TrainingRecipe recipe, TransformerSpec network, TrainingReport report, string command, int threads)
    {
        var result = report.Result;
        var card = new StringBuilder();
        card.Append(CultureInfo.InvariantCulture, $$"""
            ---
            ohmformer:
              task: {{TaskKind.Of(null, network).Name}}
              data: "{{recipe.Task.TestData}}"
              result: { metric: {{Names.Kebab($"{report.Metric}")}}, value: {{report.Score:G6}}, samples: {{result.TestSamples}} }
            ---

            # {{recipe.Name}}

            | | |
            |---|---|
            | architecture | {{network.Layers}} encoders, width {{network.Hidden}}, {{network.Heads}} heads, feed-forward {{network.Intermediate}}; {{network.Parameters:N0}} parameters |
            | input | {{Input(network.Input)}} |
            | output | {{network.Classes}} {{(report.Metric == Metric.Perplexity ? "token ids" : "classes")}} |
            | data | {{Data(recipe)}} |
            | **test {{MetricText.Name(report.Metric)}}** | **{{MetricText.Value(report.Metric, report.Score)}}** of {{result.Test.Answers}} {{(report.Metric == Metric.Perplexity ? "tokens" : "samples")}}{{Interval(report)}} |

            """);
        if (result.Curve.Count > 0 && result.Curve[result.BestEpoch - 1] is { ValidationLoss: not double.NaN } kept)
            card.Append(CultureInfo.InvariantCulture, $"| validation | {(report.Metric == Metric.Perplexity ? $"perplexity {Math.Exp(kept.ValidationLoss):F4}" : $"accuracy {100 * kept.ValidationAccuracy:F2} %")} after epoch {kept.Epoch} |\n");
        if (recipe.SharedEncoders > 1)
            card.Append(CultureInfo.InvariantCulture, $"| shared weights | {recipe.SharedEncoders} neighboring encoders have the same weights |\n");
        if (recipe.TokenPruning is { } pruning)
            card.Append(CultureInfo.InvariantCulture, $"| dropped tokens | trained and tested with `tokenPruning: {{ keepRatio: {pruning.KeepRatio} }}`; evaluate it on a design that has the same |\n");
        card.Append(CultureInfo.InvariantCulture, $"""
            | seed | {recipe.Seed} |
            | training | {result.Curve.Count} epochs, {result.Elapsed.TotalHours:F2} hours on {threads} threads of {Processor.Name} |

            ## How it was trained

            ```
            {command}
            ```

            `recipe.yaml` holds every choice; `curve.csv` and `curve.svg` are the learning curve. The test samples were looked at once: the result above.

            """);
        return card.ToString();
    }

    private static string Interval(TrainingReport report) =>
        report.Interval is { } interval ? $" (95 % interval {MetricText.Range(report.Metric, interval)})" : "";

    private static string Data(TrainingRecipe recipe) => recipe.Task.TrainingData == recipe.Task.TestData
        ? $"`{recipe.Task.TestData}`"
        : $"`{recipe.Task.TrainingData}`, tested on `{recipe.Task.TestData}`";

    private static string Input(InputSpec input) => input switch
    {
        ImageInput image => $"{image.Channels} x {image.Size} x {image.Size} pixels in patches of {image.PatchSize} x {image.PatchSize}",
        FeatureInput features => $"{features.Frames} frames of {features.Features} features",
        TokenInput text => $"up to {text.Tokens} tokens of a vocabulary of {text.Vocabulary}",
        _ => throw new ArgumentOutOfRangeException(nameof(input)),
    };
}

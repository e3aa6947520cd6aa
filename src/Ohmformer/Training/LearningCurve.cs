using System.Globalization;

namespace Ohmformer.Training;

/// <summary>A finished epoch, a line of the learning curve.</summary>
public sealed record EpochResult
{
    /// <summary>Epoch, from 1.</summary>
    public required int Epoch { get; init; }

    /// <summary>Learning rate at its end.</summary>
    public required double LearningRate { get; init; }

    /// <summary>Mean training loss.</summary>
    public required double Loss { get; init; }

    /// <summary>Share of the augmented training samples, or tokens, that were answered correctly while training.</summary>
    public required double Accuracy { get; init; }

    /// <summary>Mean loss of the held-out samples afterward; NaN when none are held out.</summary>
    public required double ValidationLoss { get; init; }

    /// <summary>Share of the held-out samples, or tokens, that are answered correctly afterward; NaN when none are held out.</summary>
    public required double ValidationAccuracy { get; init; }

    /// <summary>Mean over the updates of the gradient's norm, before it is shortened.</summary>
    public required double GradientNorm { get; init; }

    /// <summary>Time since the start of the training, without interruptions.</summary>
    public required double Seconds { get; init; }
}

/// <summary>Writes learning curves.</summary>
internal static class LearningCurve
{
    /// <summary>A line of names, then one line per epoch; what was not measured is empty.</summary>
    public static string Csv(IEnumerable<EpochResult> curve) => string.Concat(curve.Select(Line)
        .Prepend("epoch,learning_rate,training_loss,training_accuracy,validation_loss,validation_accuracy,gradient_norm,seconds\n"));

    private static string Line(EpochResult epoch) =>
        $"{epoch.Epoch},{Text(epoch.LearningRate, "G6")},{Text(epoch.Loss, "G6")},{Text(epoch.Accuracy, "F5")},{Text(epoch.ValidationLoss, "G6")},"
        + $"{Text(epoch.ValidationAccuracy, "F5")},{Text(epoch.GradientNorm, "G5")},{Text(epoch.Seconds, "F0")}\n";

    private static string Text(double value, string format) => double.IsNaN(value) ? "" : value.ToString(format, CultureInfo.InvariantCulture);
}

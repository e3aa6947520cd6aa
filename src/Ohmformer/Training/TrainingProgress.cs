namespace Ohmformer.Training;

/// <summary>How far a training is, reported after every update.</summary>
/// <param name="Epoch">Current epoch, from 1.</param>
/// <param name="Epochs">All epochs.</param>
/// <param name="Step">Updates done, over all epochs.</param>
/// <param name="Steps">All updates.</param>
/// <param name="Loss">Mean loss of this epoch so far.</param>
/// <param name="Accuracy">Share of this epoch's augmented training images that were classified correctly so far.</param>
/// <param name="LearningRate">Learning rate of the last update.</param>
/// <param name="ImagesPerSecond">Speed since the start or the resumption.</param>
/// <param name="Remaining">Estimated time to the end.</param>
/// <param name="LastEpoch">Result of the last finished epoch, or null in the first.</param>
public sealed record TrainingProgress(
    int Epoch, int Epochs, long Step, long Steps, double Loss, double Accuracy, double LearningRate, double ImagesPerSecond, TimeSpan Remaining, EpochResult? LastEpoch);

/// <summary>A finished epoch, a line of the learning curve.</summary>
/// <param name="Epoch">Epoch, from 1.</param>
/// <param name="LearningRate">Learning rate at its end.</param>
/// <param name="Loss">Mean training loss.</param>
/// <param name="TrainAccuracy">Share of the augmented training images that were classified correctly while training.</param>
/// <param name="ValidationAccuracy">Share of the held-out images that are classified correctly afterward; NaN when none are held out.</param>
public sealed record EpochResult(int Epoch, double LearningRate, double Loss, double TrainAccuracy, double ValidationAccuracy);

/// <summary>A finished training.</summary>
/// <param name="TestAccuracy">Share of the test images that the final network classifies correctly.</param>
/// <param name="Curve">All epochs.</param>
/// <param name="Elapsed">Time spent, over all resumptions.</param>
public sealed record TrainingResult(double TestAccuracy, IReadOnlyList<EpochResult> Curve, TimeSpan Elapsed);

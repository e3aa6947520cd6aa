namespace Ohmformer.Training;

/// <summary>How far a training is, reported after every update.</summary>
/// <param name="Epoch">Current epoch, from 1.</param>
/// <param name="Epochs">All epochs.</param>
/// <param name="Step">Updates done, over all epochs.</param>
/// <param name="Steps">All updates.</param>
/// <param name="Loss">Mean loss of this epoch so far.</param>
/// <param name="Accuracy">Share of this epoch's augmented training samples that were answered correctly so far; of their tokens for a language model.</param>
/// <param name="LearningRate">Learning rate of the last update.</param>
/// <param name="SamplesPerSecond">Speed since the start or the resumption.</param>
/// <param name="Remaining">Estimated time to the end.</param>
/// <param name="LastEpoch">Result of the last finished epoch, or null in the first.</param>
public sealed record TrainingProgress(
    int Epoch, int Epochs, long Step, long Steps, double Loss, double Accuracy, double LearningRate, double SamplesPerSecond, TimeSpan Remaining, EpochResult? LastEpoch);

/// <summary>A finished training.</summary>
/// <param name="Test">How the final network does on the test samples.</param>
/// <param name="TestSamples">Test samples.</param>
/// <param name="Curve">All epochs.</param>
/// <param name="BestEpoch">The epoch whose network was kept: the last, or the best one where the recipe has patience.</param>
/// <param name="Elapsed">Time spent, over all resumptions.</param>
public sealed record TrainingResult(Evaluation Test, int TestSamples, IReadOnlyList<EpochResult> Curve, int BestEpoch, TimeSpan Elapsed);

/// <summary>How a network does on a part of the data.</summary>
/// <param name="Loss">Mean cross-entropy in nats; its exponential is the perplexity of a language model.</param>
/// <param name="Accuracy">Share of right answers.</param>
/// <param name="Answers">Answers: samples, or the predicted tokens of a language model.</param>
public sealed record Evaluation(double Loss, double Accuracy, long Answers);

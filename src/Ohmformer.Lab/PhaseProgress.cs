namespace Ohmformer.Lab;

/// <summary>How far a run is.</summary>
/// <param name="Phase">What is being done, for example "analog, seed 2".</param>
/// <param name="Done">Steps done of this phase.</param>
/// <param name="Total">Steps of this phase.</param>
/// <param name="Detail">More for people, for example the loss of a training.</param>
public readonly record struct PhaseProgress(string Phase, long Done, long Total, string? Detail = null);

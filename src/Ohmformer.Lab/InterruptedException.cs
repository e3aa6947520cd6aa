namespace Ohmformer.Lab;

/// <summary>The user interrupted work that can go on later.</summary>
/// <param name="message">What was kept and how to go on.</param>
/// <param name="inner">The cancellation.</param>
public sealed class InterruptedException(string message, Exception inner) : OperationCanceledException(message, inner);

namespace Ohmformer.Files;

/// <summary>
/// A user's input cannot be used. The message says where, what was found, what is allowed and what to do; the command line
/// prints it alone and exits with code 2.
/// </summary>
/// <param name="message">The complete message for the user.</param>
/// <param name="inner">The underlying failure, if any.</param>
public sealed class InputException(string message, Exception? inner = null) : Exception(message, inner);

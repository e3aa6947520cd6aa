using Ohmformer.Files;

namespace Ohmformer.Lab.Designs;

/// <summary>Collects everything that is wrong with a file and the files it builds on, to be reported at once.</summary>
internal sealed class Problems
{
    private const int MostShown = 50;

    private readonly HashSet<(Position At, string Message)> _found = [];

    public void Add(Position at, string message) => _found.Add((at, message));

    /// <exception cref="InputException">There are problems; one line each, ordered by file and place.</exception>
    public void ThrowIfAny()
    {
        if (_found.Count == 0) return;
        var lines = _found
            .OrderBy(p => p.At.File.Shown, StringComparer.Ordinal).ThenBy(p => p.At.Line).ThenBy(p => p.At.Column)
            .Select(p => $"{p.At}: {Wording.Sentence(p.Message)}")
            .Take(MostShown)
            .ToList();
        if (_found.Count > MostShown) lines.Add($"... and {_found.Count - MostShown} more.");
        throw new InputException(string.Join('\n', lines));
    }
}

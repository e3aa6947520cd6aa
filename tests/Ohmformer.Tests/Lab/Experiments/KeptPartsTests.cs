using Ohmformer.Lab.Experiments;

namespace Ohmformer.Tests.Lab.Experiments;

/// <summary>What a run of an experiment keeps.</summary>
public sealed class KeptPartsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void What_is_kept_is_not_made_again_unless_something_else_decides_it()
    {
        var parts = new KeptParts(_folder.File("parts"));
        Assert.Equal(1.25, parts.Get("accuracy", "one", () => 1.25));
        Assert.Equal(1.25, parts.Get<double>("accuracy", "one", () => throw new InvalidOperationException()));
        Assert.Equal(2, parts.Get("accuracy", "two", () => 2));
        Assert.NotEqual(parts.FolderOf("accuracy", "one"), parts.FolderOf("accuracy", "two"));
        var accuracy = parts.Get("points", "one", () => new TrexAccuracy(98.25, [97.5, 1.0 / 3]));
        Assert.Equal(accuracy.Noisy, new KeptParts(_folder.File("parts")).Get<TrexAccuracy>("points", "one", () => throw new InvalidOperationException()).Noisy);
    }

    [Fact]
    public void What_fails_is_not_kept()
    {
        var parts = new KeptParts(_folder.File("parts"));
        Assert.Throws<InvalidOperationException>(() => parts.Get<double>("accuracy", "one", () => throw new InvalidOperationException()));
        Assert.Equal(3, parts.Get("accuracy", "one", () => 3));
    }
}

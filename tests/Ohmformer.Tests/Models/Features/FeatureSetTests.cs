using Ohmformer.Files;
using Ohmformer.Models.Features;

namespace Ohmformer.Tests.Models.Features;

public sealed class FeatureSetTests : IDisposable
{
    private const string Kwt = "data/models/kwt1-speech-commands";

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Clips_are_read_one_by_one()
    {
        float[] values = [.. Enumerable.Range(0, 12).Select(i => i + 0.5f)];
        NpyArray.Of(values, 2, 3, 2).Save(_folder.File("features.npy"));
        NpyArray.Of(Array.ConvertAll(values, v => (double)v), 2, 3, 2).Save(_folder.File("b_features.npy"));
        NpyArray.Of(Array.ConvertAll(values, v => (Half)v), 2, 3, 2).Save(_folder.File("c_features_f16.npy"));
        foreach (string name in new[] { "labels.npy", "b_labels.npy", "c_labels.npy" }) NpyArray.Of(new[] { 4, 7 }, 2).Save(_folder.File(name));
        foreach (string path in new[] { _folder.Path, _folder.File("b_features.npy"), _folder.File("c_features_f16.npy") })
        {
            Assert.True(FeatureSet.Recognizes(path));
            using var set = FeatureSet.Open(path);
            Assert.Equal((2, 3, 2, 7), (set.Count, set.Frames, set.FrameFeatures, set.Label(1)));
            var clip = new float[6];
            set.Read(1, clip);
            Assert.Equal(values[6..], clip);
            Assert.Throws<ArgumentOutOfRangeException>(() => set.Read(2, clip));
        }
    }

    [Fact]
    public void Files_that_do_not_fit_are_refused()
    {
        string path = _folder.File("features.npy");
        NpyArray.Of(new float[6], 1, 3, 2).Save(path);
        Refused("no labels beside it; they are read from " + _folder.File("labels.npy"), path);
        NpyArray.Of(new[] { 1, 2 }, 2).Save(_folder.File("labels.npy"));
        Refused("shape [1, 3, 2] beside 2 labels; features have shape [clips, frames, features]", path);
        NpyArray.Of(new float[6], 2, 3).Save(path);
        Refused("shape [2, 3] beside 2 labels", path);
        NpyArray.Of(new int[6], 2, 3, 1).Save(path);
        Refused("element type '<i4'; supported here are <f2, <f4, <f8", path);
        NpyArray.Of(new float[6], 2, 3, 1).Save(path);
        File.WriteAllBytes(path, File.ReadAllBytes(path)[..^1]);
        Refused("truncated: shape [2, 3, 1] of '<f4' has 24 bytes, 23 follow the header", path);
        NpyArray.Of([1, 2, 3, 4, float.NaN, 6], 2, 3, 1).Save(path);
        using (var set = FeatureSet.Open(path)) Assert.Contains("row 1 holds NaN at number 1", Assert.Throws<InputException>(() => set.Read(1, new float[3])).Message, StringComparison.Ordinal);
        NpyArray.Of(new[] { 1, -2 }, 2).Save(_folder.File("labels.npy"));
        Refused("element 1 is -2; it must be a whole number from 0", path);
        Refused("the name must contain \"features\"", _folder.Write("x.npy", []));
    }

    [SharedFact(Kwt + "/features.npy", Kwt + "/labels.npy", Kwt + "/finetune_features_f16.npy")]
    public void The_shared_clips_are_read()
    {
        using FeatureSet test = FeatureSet.Open(SharedData.Get(Kwt)), tuning = FeatureSet.Open(SharedData.Get(Kwt + "/finetune_features_f16.npy"));
        Assert.Equal((1098, 98, 40), (test.Count, test.Frames, test.FrameFeatures));
        Assert.Equal((3341, 98, 40), (tuning.Count, tuning.Frames, tuning.FrameFeatures));
        var whole = NpyArray.Load(SharedData.Get(Kwt + "/features.npy")).ToFloats();
        var clip = new float[98 * 40];
        test.Read(1097, clip);
        Assert.Equal(whole[(1097 * clip.Length)..], clip);
        tuning.Read(3340, clip);
    }

    private static void Refused(string message, string path) =>
        Assert.Contains(message, Assert.Throws<InputException>(() => FeatureSet.Open(path)).Message, StringComparison.Ordinal);
}

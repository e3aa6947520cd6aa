using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Ohmformer.Files;

namespace Ohmformer.Training;

/// <summary>Everything that a training needs to go on with the same bits as if it had never stopped.</summary>
internal sealed class TrainingState
{
    private const string Magic = "ohmformer training 2";

    /// <summary>Takes initial values.</summary>
    /// <param name="values">Initial values of all parameters.</param>
    /// <param name="averages">Whether their running mean is kept, too.</param>
    /// <param name="keepsBest">Whether the best values are kept, too.</param>
    public TrainingState(float[] values, bool averages, bool keepsBest)
    {
        Values = values;
        Average = averages ? [.. values] : null;
        Best = keepsBest ? [.. values] : null;
        Optimizer = new AdamW(values.Length);
    }

    /// <summary>All parameters.</summary>
    public float[] Values { get; }

    /// <summary>The running mean of all parameters, or null.</summary>
    public float[]? Average { get; }

    /// <summary>The parameters after the best epoch, or null.</summary>
    public float[]? Best { get; }

    /// <summary>The best epoch, from 1; 0 before the first has ended.</summary>
    public int BestEpoch { get; set; }

    /// <summary>The optimizer with its running means.</summary>
    public AdamW Optimizer { get; }

    /// <summary>Updates done.</summary>
    public long Step { get; set; }

    /// <summary>Sums over the current epoch so far.</summary>
    public EpochSums Sums { get; set; }

    /// <summary>Time spent.</summary>
    public TimeSpan Elapsed { get; set; }

    /// <summary>Finished epochs.</summary>
    public List<EpochResult> Curve { get; } = [];

    private IEnumerable<Memory<float>> Arrays => [Values, Average, Best, Optimizer.Mean, Optimizer.Square];

    /// <summary>Writes the state to a file, followed by its checksum.</summary>
    /// <param name="path">The file.</param>
    /// <param name="identity">What the state belongs to.</param>
    public void Save(string path, string identity) => AtomicFile.Write(path, stream =>
    {
        using var hash = SHA256.Create();
        using (var hashing = new CryptoStream(stream, hash, CryptoStreamMode.Write, leaveOpen: true))
        using (var writer = new BinaryWriter(hashing))
        {
            writer.Write(Magic);
            writer.Write(identity);
            writer.Write(Step);
            writer.Write(BestEpoch);
            Sums.Write(writer);
            writer.Write(Elapsed.Ticks);
            writer.Write(Curve.Count);
            foreach (var epoch in Curve) Write(writer, epoch);
            foreach (var array in Arrays) writer.Write(MemoryMarshal.AsBytes(array.Span));
        }
        stream.Write(hash.Hash);
    });

    /// <summary>Goes on from a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="identity">What the state must belong to.</param>
    /// <exception cref="InputException">The file is damaged or belongs to something else.</exception>
    public void Load(string path, string identity)
    {
        using var stream = InputFile.Open(path);
        CheckSum(path, stream);
        using var reader = new BinaryReader(stream);
        if (reader.ReadString() != Magic)
            throw new InputException($"{path}: the checkpoint was written by another version; delete it and start again.");
        string found = reader.ReadString();
        if (found != identity)
            throw new InputException($"{path}: the checkpoint belongs to another training; resume with its recipe, data and start, or delete it.{Differences(found, identity)}");
        Step = reader.ReadInt64();
        BestEpoch = reader.ReadInt32();
        Sums = EpochSums.Read(reader);
        Elapsed = new TimeSpan(reader.ReadInt64());
        int epochs = reader.ReadInt32();
        for (int epoch = 1; epoch <= epochs; epoch++) Curve.Add(ReadEpoch(reader, epoch));
        long expected = stream.Position + Arrays.Sum(array => (long)sizeof(float) * array.Length) + SHA256.HashSizeInBytes;
        if (stream.Length != expected)
            throw new InputException($"{path}: the checkpoint is of a network of another size: it has {stream.Length} bytes, expected {expected}; resume with the data and the start that it began with, or delete it.");
        foreach (var array in Arrays) stream.ReadExactly(MemoryMarshal.AsBytes(array.Span));
    }

    private static void CheckSum(string path, FileStream stream)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[1 << 16];
        long left = stream.Length - SHA256.HashSizeInBytes;
        if (left >= 0)
        {
            for (int read; left > 0; left -= read)
            {
                read = (int)Math.Min(left, buffer.Length);
                stream.ReadExactly(buffer, 0, read);
                hash.AppendData(buffer, 0, read);
            }
            stream.ReadExactly(buffer, 0, SHA256.HashSizeInBytes);
            stream.Position = 0;
            if (hash.GetHashAndReset().AsSpan().SequenceEqual(buffer.AsSpan(0, SHA256.HashSizeInBytes))) return;
        }
        throw new InputException($"{path}: the checkpoint is damaged (its checksum is wrong); delete it and start again.");
    }

    // The lines that only one of two texts has.
    private static string Differences(string found, string expected)
    {
        string[] ours = found.Split('\n', StringSplitOptions.TrimEntries), theirs = expected.Split('\n', StringSplitOptions.TrimEntries);
        return $"\n  found    {string.Join(", ", ours.Except(theirs))}\n  expected {string.Join(", ", theirs.Except(ours))}";
    }

    private static void Write(BinaryWriter writer, EpochResult epoch)
    {
        writer.Write(epoch.LearningRate);
        writer.Write(epoch.Loss);
        writer.Write(epoch.Accuracy);
        writer.Write(epoch.ValidationLoss);
        writer.Write(epoch.ValidationAccuracy);
        writer.Write(epoch.GradientNorm);
        writer.Write(epoch.Seconds);
    }

    private static EpochResult ReadEpoch(BinaryReader reader, int epoch) => new()
    {
        Epoch = epoch,
        LearningRate = reader.ReadDouble(),
        Loss = reader.ReadDouble(),
        Accuracy = reader.ReadDouble(),
        ValidationLoss = reader.ReadDouble(),
        ValidationAccuracy = reader.ReadDouble(),
        GradientNorm = reader.ReadDouble(),
        Seconds = reader.ReadDouble(),
    };
}

/// <summary>Sums over the updates of an epoch.</summary>
/// <param name="Loss">Of the losses, over all answers.</param>
/// <param name="Correct">Right answers.</param>
/// <param name="Answers">All answers.</param>
/// <param name="Norm">Of the gradients' norms, over the updates.</param>
/// <param name="Updates">Updates.</param>
internal readonly record struct EpochSums(double Loss, long Correct, long Answers, double Norm, int Updates)
{
    public void Write(BinaryWriter writer)
    {
        writer.Write(Loss);
        writer.Write(Correct);
        writer.Write(Answers);
        writer.Write(Norm);
        writer.Write(Updates);
    }

    public static EpochSums Read(BinaryReader reader) => new(reader.ReadDouble(), reader.ReadInt64(), reader.ReadInt64(), reader.ReadDouble(), reader.ReadInt32());
}

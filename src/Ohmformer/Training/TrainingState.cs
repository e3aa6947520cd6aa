using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Ohmformer.Files;

namespace Ohmformer.Training;

/// <summary>Everything that a training needs to go on with the same bits as if it had never stopped.</summary>
internal sealed class TrainingState
{
    private const string Magic = "ohmformer training 1";

    /// <summary>Takes initial values.</summary>
    public TrainingState(float[] values)
    {
        Values = values;
        Optimizer = new AdamW(values.Length);
    }

    /// <summary>All parameters.</summary>
    public float[] Values { get; }

    /// <summary>The optimizer with its running means.</summary>
    public AdamW Optimizer { get; }

    /// <summary>Updates done.</summary>
    public long Step { get; set; }

    /// <summary>Sum of the losses of the images of the current epoch.</summary>
    public double LossSum { get; set; }

    /// <summary>Correctly classified images of the current epoch.</summary>
    public int Correct { get; set; }

    /// <summary>Images of the current epoch so far.</summary>
    public int Seen { get; set; }

    /// <summary>Time spent.</summary>
    public TimeSpan Elapsed { get; set; }

    /// <summary>Finished epochs.</summary>
    public List<EpochResult> Curve { get; } = [];

    /// <summary>Writes the state to a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="recipe">What the state belongs to.</param>
    public void Save(string path, string recipe)
    {
        using var content = new MemoryStream();
        using (var writer = new BinaryWriter(content, System.Text.Encoding.UTF8, leaveOpen: true))
        {
            writer.Write(Magic);
            writer.Write(recipe);
            writer.Write(Step);
            writer.Write(LossSum);
            writer.Write(Correct);
            writer.Write(Seen);
            writer.Write(Elapsed.Ticks);
            writer.Write(Curve.Count);
            foreach (var epoch in Curve)
            {
                writer.Write(epoch.LearningRate);
                writer.Write(epoch.Loss);
                writer.Write(epoch.TrainAccuracy);
                writer.Write(epoch.ValidationAccuracy);
            }
            writer.Write(MemoryMarshal.AsBytes(Values.AsSpan()));
            writer.Write(MemoryMarshal.AsBytes<float>(Optimizer.Mean.Span));
            writer.Write(MemoryMarshal.AsBytes<float>(Optimizer.Square.Span));
        }
        content.Write(SHA256.HashData(content.GetBuffer().AsSpan(0, (int)content.Length)));
        AtomicFile.Write(path, content.WriteTo);
    }

    /// <summary>Reads a state.</summary>
    /// <param name="path">The file.</param>
    /// <param name="recipe">What the state must belong to.</param>
    /// <param name="parameters">Number of parameters.</param>
    /// <exception cref="InputException">The file is damaged or belongs to something else.</exception>
    public static TrainingState Load(string path, string recipe, int parameters)
    {
        byte[] content = File.ReadAllBytes(path);
        int length = content.Length - SHA256.HashSizeInBytes;
        if (length < 0 || !SHA256.HashData(content.AsSpan(0, length)).AsSpan().SequenceEqual(content.AsSpan(length)))
            throw new InputException($"{path}: the checkpoint is damaged (its checksum is wrong); delete it and start again.");
        using var reader = new BinaryReader(new MemoryStream(content, 0, length));
        if (reader.ReadString() != Magic)
            throw new InputException($"{path}: the checkpoint was written by another version; delete it and start again.");
        string found = reader.ReadString();
        if (found != recipe)
            throw new InputException($"{path}: the checkpoint belongs to another training; resume with its recipe, or delete it.\n  found    {found}\n  expected {recipe}");
        var state = new TrainingState(new float[parameters])
        {
            Step = reader.ReadInt64(),
            LossSum = reader.ReadDouble(),
            Correct = reader.ReadInt32(),
            Seen = reader.ReadInt32(),
            Elapsed = new TimeSpan(reader.ReadInt64()),
        };
        int epochs = reader.ReadInt32();
        for (int epoch = 1; epoch <= epochs; epoch++)
            state.Curve.Add(new EpochResult(epoch, reader.ReadDouble(), reader.ReadDouble(), reader.ReadDouble(), reader.ReadDouble()));
        reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(state.Values.AsSpan()));
        reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(state.Optimizer.Mean.Span));
        reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(state.Optimizer.Square.Span));
        return state;
    }
}

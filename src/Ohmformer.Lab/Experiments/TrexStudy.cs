using Ohmformer.Lab.Runs;
using Ohmformer.Mapping;
using Ohmformer.Techniques.Trex;

namespace Ohmformer.Lab.Experiments;

/// <summary>How alike the attention outputs of a model's encoders are.</summary>
/// <param name="Model">The model.</param>
/// <param name="Samples">Inputs compared.</param>
/// <param name="Alignment">Linear CKA, shape [encoders, encoders].</param>
internal sealed record TrexSimilarity(string Model, int Samples, double[,] Alignment);

/// <summary>Runs the models of TReX's experiment.</summary>
internal sealed class TrexStudy(ExperimentRequest request, IProgress<PhaseProgress> progress, CancellationToken cancellation)
{
    /// <summary>FeFET, hybrid and SRAM.</summary>
    public static readonly string[] DesignNames = ["trex-fefet", "trex-hybrid", "trex-sram"];

    private bool Full => request.Mode == ExperimentMode.Full;

    /// <summary>Compares the attention outputs of all encoders in single precision.</summary>
    public TrexSimilarity Similarity(ExperimentModel model)
    {
        using var task = new TaskRun(Request(model, Full ? 500 : 200));
        var spec = task.Spec;
        var recorder = new AttentionRecorder(new FloatProduct(task.Workers), spec.Layers);
        task.Score(recorder, $"{model.Name}: attention outputs", progress, cancellation);
        float[][] outputs = [.. Enumerable.Range(0, spec.Layers).Select(layer => FirstTokens(recorder.Outputs(layer), task.Scope.Count, spec.QueryWidth))];
        return new(model.Name, task.Scope.Count, LinearCka.Matrix(outputs, task.Scope.Count));
    }

    /// <summary>The first token of every input, the class token where there is one.</summary>
    /// <param name="outputs">Shape [inputs * tokens, width], equally many tokens in every input.</param>
    /// <param name="inputs">Inputs.</param>
    /// <param name="width">Width.</param>
    private static float[] FirstTokens(float[] outputs, int inputs, int width)
    {
        int each = outputs.Length / inputs;
        return [.. Enumerable.Range(0, inputs).SelectMany(i => outputs[(i * each)..(i * each + width)])];
    }

    private EvaluationRequest Request(ExperimentModel model, int samples) => new()
    {
        Model = model.Model,
        Data = model.Data,
        Samples = request.Samples ?? samples,
        NoiseSeeds = request.Seeds,
        Seed = request.Seed,
        Threads = request.Threads,
    };
}

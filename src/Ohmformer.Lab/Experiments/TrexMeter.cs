using System.Diagnostics;
using System.Globalization;
using Ohmformer.Lab.Runs;
using Ohmformer.Training;

namespace Ohmformer.Lab.Experiments;

/// <summary>Says how far the trainings of a model are, and how long the rest will take at the speed so far.</summary>
/// <param name="model">Name of the model.</param>
/// <param name="samples">Samples of all epochs of all trainings that are planned.</param>
/// <param name="trainingSamples">Training samples of the model.</param>
/// <param name="progress">Is told.</param>
internal sealed class TrexMeter(string model, long samples, int trainingSamples, IProgress<PhaseProgress> progress)
{
    private readonly Stopwatch _training = new();
    private long _done, _trained;

    /// <summary>Samples of all epochs of a training.</summary>
    public static long SamplesOf(TrexStage stage, int trainingSamples) => (long)Math.Round(stage.Share * trainingSamples) * stage.Optimization.Epochs;

    /// <summary>A training that was kept.</summary>
    public void Skip(TrexStage stage) => _done += SamplesOf(stage, trainingSamples);

    /// <summary>The meter of one training.</summary>
    public IProgress<TrainingProgress> Of(TrexNetwork network, TrexStage stage) => new Steps(this, $"{stage.Name} of {network}", SamplesOf(stage, trainingSamples));

    /// <summary>A measurement has begun.</summary>
    public void Measures(string what) => progress.Report(new($"{model}: trainings", _done, samples, what));

    private void Report(string what, TrainingProgress value, long of)
    {
        double part = (double)value.Step / value.Steps;
        long trained = _trained + (long)(of * part), left = Math.Max(0, samples - _done - (long)(of * part));
        var remaining = _training.Elapsed * ((double)left / Math.Max(1, trained));
        progress.Report(new($"{model}: trainings", Math.Min(samples, _done + (long)(of * part)), samples, string.Create(
            CultureInfo.InvariantCulture, $"{what}, epoch {value.Epoch}/{value.Epochs}, loss {value.Loss:F3}, {DurationText.Of(remaining)} left")));
        if (value.Step < value.Steps) return;
        _done += of;
        _trained += of;
    }

    private sealed class Steps : IProgress<TrainingProgress>
    {
        private readonly TrexMeter _meter;
        private readonly string _what;
        private readonly long _samples;

        public Steps(TrexMeter meter, string what, long samples)
        {
            (_meter, _what, _samples) = (meter, what, samples);
            meter._training.Start();
        }

        public void Report(TrainingProgress value)
        {
            _meter.Report(_what, value, _samples);
            if (value.Step == value.Steps) _meter._training.Stop();
        }
    }
}

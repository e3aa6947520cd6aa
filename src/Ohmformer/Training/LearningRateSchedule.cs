namespace Ohmformer.Training;

/// <summary>Linear warm-up from 0, then half a cosine down to 0 (Loshchilov and Hutter: SGDR, arXiv:1608.03983, equation 5).</summary>
/// <param name="Peak">Learning rate after the warm-up.</param>
/// <param name="WarmUpSteps">Steps of the warm-up.</param>
/// <param name="Steps">All steps.</param>
public readonly record struct LearningRateSchedule(double Peak, long WarmUpSteps, long Steps)
{
    /// <summary>Learning rate of a step, counted from 0.</summary>
    public double At(long step)
    {
        if (step < WarmUpSteps) return Peak * (step + 1) / WarmUpSteps;
        double done = (double)(step - WarmUpSteps) / Math.Max(1, Steps - WarmUpSteps);
        return Peak * 0.5 * (1 + Math.Cos(Math.PI * Math.Min(1, done)));
    }
}

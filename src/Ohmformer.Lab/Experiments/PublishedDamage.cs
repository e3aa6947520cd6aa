namespace Ohmformer.Lab.Experiments;

/// <summary>What noise takes from a published network: the share of its accuracy above chance, by the factor of write noise.</summary>
/// <param name="Float">Accuracy in single precision, in percent.</param>
/// <param name="Chance">Accuracy of guessing, in percent.</param>
/// <param name="Noisy">Accuracy in percent, by gamma.</param>
internal sealed record PublishedDamage(double Float, double Chance, IReadOnlyDictionary<double, double> Noisy)
{
    /// <summary>The damage at a gamma of the paper.</summary>
    public double At(double gamma) => Of(Float, Noisy[gamma], Chance);

    /// <summary>The share of the accuracy above chance that is lost.</summary>
    /// <param name="floating">Accuracy in single precision.</param>
    /// <param name="noisy">Accuracy with noise.</param>
    /// <param name="chance">Accuracy of guessing.</param>
    public static double Of(double floating, double noisy, double chance) => (floating - noisy) / (floating - chance);

    /// <summary>The factor of noise at which the damage first reaches a value, by lines between measured points and from no noise, no damage; null if it never does.</summary>
    /// <param name="measured">Factor and damage, by rising factor.</param>
    /// <param name="target">The damage.</param>
    public static double? Crossing(IReadOnlyList<(double Gamma, double Damage)> measured, double target)
    {
        (double Gamma, double Damage) before = (0, 0);
        foreach (var after in measured)
        {
            if (after.Damage >= target) return before.Gamma + (target - before.Damage) / (after.Damage - before.Damage) * (after.Gamma - before.Gamma);
            before = after;
        }
        return null;
    }
}

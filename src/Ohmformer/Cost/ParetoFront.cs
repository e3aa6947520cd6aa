namespace Ohmformer.Cost;

/// <summary>Which of several choices no other beats in both cost and value.</summary>
public static class ParetoFront
{
    /// <summary>
    /// The choices for which no other has a cost as low and a value as high, one of them better (Pareto). Of choices that are equal in both all are on the front.
    /// </summary>
    /// <param name="choices">Cost, less is better, and value, more is better; shape [choices]. Those with NaN are never on the front.</param>
    /// <returns>Their indices in order of cost, those of equal cost in the order given.</returns>
    public static IReadOnlyList<int> Of(IReadOnlyList<(double Cost, double Value)> choices)
    {
        ArgumentNullException.ThrowIfNull(choices);
        var front = new List<int>();
        foreach (int i in Enumerable.Range(0, choices.Count).OrderBy(i => choices[i].Cost).ThenByDescending(i => choices[i].Value))
        {
            // Sorted so, only the last of the front can beat a choice, and it does unless the choice has more value or is its equal.
            if (double.IsNaN(choices[i].Cost) || double.IsNaN(choices[i].Value)) continue;
            if (front.Count == 0 || choices[i].Value > choices[front[^1]].Value || choices[i] == choices[front[^1]]) front.Add(i);
        }
        return front;
    }
}

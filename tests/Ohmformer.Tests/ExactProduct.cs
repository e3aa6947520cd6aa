namespace Ohmformer.Tests;

/// <summary>The integer product y = x W, by the textbook loop.</summary>
internal static class ExactProduct
{
    public static double[] Of(int[] x, int[] w, int tokens, int inputs, int outputs)
    {
        var y = new long[tokens * outputs];
        for (int t = 0; t < tokens; t++)
            for (int k = 0; k < inputs; k++)
                for (int n = 0; n < outputs; n++) y[t * outputs + n] += (long)x[t * inputs + k] * w[k * outputs + n];
        return [.. y.Select(v => (double)v)];
    }
}

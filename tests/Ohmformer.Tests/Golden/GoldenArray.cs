using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Ohmformer.Tests.Golden;

/// <summary>A reference array from a .npy file of any order, as doubles in C order. The library's own reader takes C order only.</summary>
internal static partial class GoldenArray
{
    public static (double[] Values, int[] Shape) Read(string path)
    {
        byte[] bytes = File.ReadAllBytes(path);
        int start = 10 + BitConverter.ToUInt16(bytes, 8);
        string header = Encoding.ASCII.GetString(bytes, 10, start - 10);
        int[] shape = [.. Shape().Match(header).Groups[1].Value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .Select(s => int.Parse(s, CultureInfo.InvariantCulture))];
        Func<int, double> at = header switch
        {
            _ when header.Contains("<f8", StringComparison.Ordinal) => i => BitConverter.ToDouble(bytes, start + 8 * i),
            _ when header.Contains("<i2", StringComparison.Ordinal) => i => BitConverter.ToInt16(bytes, start + 2 * i),
            _ when header.Contains("|i1", StringComparison.Ordinal) => i => (sbyte)bytes[start + i],
            _ => throw new NotSupportedException(header),
        };
        int count = shape.Aggregate(1, (a, b) => a * b);
        bool columns = header.Contains("'fortran_order': True", StringComparison.Ordinal);
        var values = new double[count];
        for (int i = 0; i < count; i++)
            values[i] = columns ? at(i % shape[1] * shape[0] + i / shape[1]) : at(i);
        return (values, shape);
    }

    [GeneratedRegex(@"'shape': \(([^)]*)\)")]
    private static partial Regex Shape();
}

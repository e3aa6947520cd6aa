using System.Xml.Linq;
using Ohmformer.Lab.Charts;

namespace Ohmformer.Tests.Lab.Charts;

public sealed class HeatMapTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(13)]
    public void Every_finite_value_is_a_square_with_its_number(int size)
    {
        var values = new double[size, size];
        for (int i = 0; i < size; i++)
            for (int j = 0; j < size; j++) values[i, j] = (double)(i + j) / (2 * size);
        values[0, 0] = double.NaN;
        var svg = XDocument.Parse(new HeatMap { Title = "a & b", Axis = "encoder", Names = [.. Enumerable.Range(0, size).Select(i => $"{i}")], Values = values }.Svg());
        Assert.Equal(size * size - 1, svg.Descendants().Count(e => e.Name.LocalName == "rect" && e.Attribute("fill") is not null));
        Assert.Equal(size * size - 1 + 2 * size + 2, svg.Descendants().Count(e => e.Name.LocalName == "text"));
    }

    [Fact]
    public void Names_and_values_must_fit() => Assert.Throws<ArgumentException>(() => new HeatMap { Title = "", Axis = "", Names = ["a"], Values = new double[2, 2] }.Svg());
}

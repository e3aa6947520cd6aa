using Ohmformer.Numerics;

namespace Ohmformer.Tests.Numerics;

public sealed class IntegerRangeTests
{
    [Fact]
    public void One_number_outside_the_range_is_found_wherever_it_is()
    {
        for (int length = 0; length <= 100; length++)
        {
            int[] values = [.. Enumerable.Range(0, length).Select(i => i % 2 == 0 ? -128 : 127)];
            Assert.True(IntegerRange.Holds(values, -128, 127));
            Assert.True(IntegerRange.Holds(values, int.MinValue, int.MaxValue));
            for (int i = 0; i < length; i++)
                foreach (int outside in new[] { -129, 128, int.MinValue, int.MaxValue })
                {
                    int inside = values[i];
                    values[i] = outside;
                    Assert.False(IntegerRange.Holds(values, -128, 127));
                    values[i] = inside;
                }
        }
    }
}

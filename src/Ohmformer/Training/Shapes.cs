namespace Ohmformer.Training;

/// <summary>Checks of the shapes of operands.</summary>
internal static class Shapes
{
    public static void Require(Tensor x, int rows, int columns, string name)
    {
        if (x.Rows != rows || x.Columns != columns)
            throw new ArgumentException($"The shape is [{x.Rows}, {x.Columns}], not [{rows}, {columns}].", name);
    }
}

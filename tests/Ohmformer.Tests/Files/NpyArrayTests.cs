using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Ohmformer.Files;

namespace Ohmformer.Tests.Files;

public sealed class NpyArrayTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Any_array_of_any_type_reads_back()
    {
        AssertRoundTrip<float>();
        AssertRoundTrip<double>();
        AssertRoundTrip<sbyte>();
        AssertRoundTrip<short>();
        AssertRoundTrip<int>();
        AssertRoundTrip<long>();
        AssertRoundTrip<byte>();
    }

    [Theory]
    [InlineData]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2, 3)]
    [InlineData(0, 5)]
    [InlineData(2, 1, 3, 2)]
    public void Any_shape_reads_back(params int[] shape)
    {
        int[] values = [.. Enumerable.Range(0, shape.Aggregate(1, (a, b) => a * b))];
        NpyArray.Of(values, shape).Save(_folder.File("a.npy"));
        var read = NpyArray.Load(_folder.File("a.npy"));
        Assert.Equal(shape, read.Shape);
        Assert.Equal(values, read.Values);
    }

    [Fact]
    public void The_bytes_are_those_of_numpy()
    {
        // numpy.save(f, numpy.array([[1, -2]], dtype='<i2')), NumPy 1.24.
        NpyArray.Of(new short[] { 1, -2 }, 1, 2).Save(_folder.File("a.npy"));
        string expected = "{'descr': '<i2', 'fortran_order': False, 'shape': (1, 2), }".PadRight(117) + "\n";
        Assert.Equal([0x93, .. "NUMPY\x01\0\x76\0"u8, .. Encoding.ASCII.GetBytes(expected), 1, 0, 0xFE, 0xFF], File.ReadAllBytes(_folder.File("a.npy")));
    }

    [Theory]
    [InlineData(1, "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }")]
    [InlineData(2, "{\"shape\": (2), \"descr\": \"<f4\", \"fortran_order\": False}")]
    [InlineData(3, "{'descr':'<f4','fortran_order':False,'shape':(2,)}   \n")]
    public void Headers_of_all_versions_are_read(byte version, string header) =>
        Assert.Equal([1f, 2f], NpyArray.Load(Raw(version, header, [0, 0, 0x80, 0x3F, 0, 0, 0, 0x40])).ToFloats());

    [Theory]
    [InlineData("element type '>f4'; supported are <f2, <f4, <f8, |i1", "{'descr': '>f4', 'fortran_order': False, 'shape': (1,), }")]
    [InlineData("element type '<c8'; supported are", "{'descr': '<c8', 'fortran_order': False, 'shape': (2,), }")]
    [InlineData("element type '|O'; supported are", "{'descr': '|O', 'fortran_order': False, 'shape': (2,), }")]
    [InlineData("structured element types are not supported", "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }")]
    [InlineData("is in Fortran order", "{'descr': '<f4', 'fortran_order': True, 'shape': (1,), }")]
    [InlineData("fortran_order must be True or False", "{'descr': '<f4', 'fortran_order': 0, 'shape': (1,), }")]
    [InlineData("is too large", "{'descr': '<f4', 'fortran_order': False, 'shape': (65536, 65536), }")]
    [InlineData("shape must hold whole numbers", "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999,), }")]
    [InlineData("shape must hold whole numbers", "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,), }")]
    [InlineData("a comma or ) is missing", "{'descr': '<f4', 'fortran_order': False, 'shape': (1 1), }")]
    [InlineData("a comma or } is missing", "{'descr': '<f4' 'fortran_order': False, 'shape': (1,), }")]
    [InlineData("the key 'descr' is unknown or occurs twice", "{'descr': '<f4', 'descr': '<f4', 'shape': (1,), }")]
    [InlineData("the key 'color' is unknown or occurs twice", "{'color': '<f4'}")]
    [InlineData("it needs the keys", "{'descr': '<f4', 'shape': (1,), }")]
    [InlineData("in quotes is missing", "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), ")]
    [InlineData("text follows the }", "{'descr': '<f4', 'fortran_order': False, 'shape': (1,), } x")]
    [InlineData("{ is missing", "")]
    [InlineData("truncated: shape [2] of '<f4' has 8 bytes, 4 follow", "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }")]
    [InlineData("trailing data: shape [0] of '<f4' has 0 bytes, 4 follow", "{'descr': '<f4', 'fortran_order': False, 'shape': (0,), }")]
    public void A_header_that_cannot_be_used_is_refused(string message, string header) => AssertRefused(message, Raw(1, header, new byte[4]));

    [Theory]
    [InlineData("does not begin with the magic bytes", new byte[0])]
    [InlineData("does not begin with the magic bytes", new byte[] { 0x93, 78, 85, 77, 80, 90, 1, 0 })]
    [InlineData(".npy version 4.0", new byte[] { 0x93, 78, 85, 77, 80, 89, 4, 0 })]
    [InlineData("truncated: the file ends in its header", new byte[] { 0x93, 78, 85, 77, 80, 89, 1, 0, 1 })]
    [InlineData("truncated: the file ends in its header", new byte[] { 0x93, 78, 85, 77, 80, 89, 2, 0, 255, 255, 255, 255 })]
    public void A_damaged_start_is_refused(string message, byte[] content) => AssertRefused(message, _folder.Write("a.npy", content));

    [Fact]
    public void A_missing_file_is_refused() => AssertRefused("no such file", _folder.File("none.npy"));

    [Fact]
    public void Damaged_files_are_read_or_refused()
    {
        NpyArray.Of(new[] { 1f, 2f, 3f }, 3).Save(_folder.File("a.npy"));
        byte[] whole = File.ReadAllBytes(_folder.File("a.npy"));
        var random = new System.Random(1);
        for (int round = 0; round < 3000; round++)
        {
            byte[] damaged = [.. whole];
            for (int i = 0; i < 3; i++) damaged[random.Next(64)] = (byte)random.Next(256);
            string path = _folder.Write("b.npy", damaged[..random.Next(60, whole.Length + 1)]);
            try
            {
                NpyArray.Load(path).ToFloats();
            }
            catch (InputException e)
            {
                Assert.Contains(path, e.Message, StringComparison.Ordinal);
            }
        }
    }

    [Fact]
    public void Conversions_check_the_range()
    {
        Assert.Equal([-1f, 255f], NpyArray.Of(new short[] { -1, 255 }, 2).ToFloats());
        Assert.Equal([200], NpyArray.Of(new byte[] { 200 }, 1).ToInts());
        Assert.Equal([-56], NpyArray.Of(new sbyte[] { -56 }, 1).ToInts());
        Assert.Equal([3], NpyArray.Of(new[] { 3.0 }, 1).ToInts());
        Assert.True(float.IsNaN(NpyArray.Of(new[] { double.NaN }, 1).ToFloats()[0]));
        Refuses("element 1 is 1E+39, outside the range of a float", () => NpyArray.Of(new[] { 0, 1e39 }, 2).ToFloats());
        Refuses("element 0 is 2147483648; it must be a whole number", () => NpyArray.Of(new[] { 2147483648L }, 1).ToInts());
        Refuses("element 0 is 0.5; it must be a whole number", () => NpyArray.Of(new[] { 0.5f }, 1).ToInts());
        Refuses("element 0 is NaN; it must be a whole number", () => NpyArray.Of(new[] { float.NaN }, 1).ToInts());
        Refuses("from 0 to 9", () => NpyArray.Of(new[] { 10 }, 1).ToInts(0, 9));
    }

    [Fact]
    public void Programming_errors_are_refused()
    {
        Assert.Throws<ArgumentException>(() => NpyArray.Of(new uint[1], 1));
        Assert.Throws<ArgumentException>(() => NpyArray.Of(new int[3], 2));
    }

    private void AssertRoundTrip<T>() where T : unmanaged => Prop.ForAll<T[]>(values =>
    {
        NpyArray.Of(values, values.Length).Save(_folder.File("p.npy"));
        var read = NpyArray.Load(_folder.File("p.npy"));
        Assert.Equal(values, Assert.IsType<T[]>(read.Values));
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(25));

    private static void Refuses(string message, Action action) =>
        Assert.Contains(message, Assert.Throws<InputException>(action).Message, StringComparison.Ordinal);

    private static void AssertRefused(string message, string path)
    {
        string found = Assert.Throws<InputException>(() => NpyArray.Load(path)).Message;
        Assert.Contains(message, found, StringComparison.Ordinal);
        Assert.Contains(path, found, StringComparison.Ordinal);
    }

    private string Raw(byte version, string header, byte[] data)
    {
        byte[] length = BitConverter.GetBytes(header.Length)[..(version == 1 ? 2 : 4)];
        return _folder.Write("a.npy", [0x93, .. "NUMPY"u8, version, 0, .. length, .. Encoding.ASCII.GetBytes(header), .. data]);
    }
}

using System.Runtime.InteropServices;
using System.Text;

namespace Ohmformer.Models.Images;

/// <summary>Many file names in little memory: 4 bytes each besides their UTF-8 text.</summary>
internal sealed class FileNames
{
    private readonly List<byte> _text = [];
    private readonly List<int> _ends = [];

    /// <summary>How many names there are.</summary>
    public int Count => _ends.Count;

    /// <summary>A name by the order in which they were added.</summary>
    public string this[int index]
    {
        get
        {
            int start = index == 0 ? 0 : _ends[index - 1];
            return Encoding.UTF8.GetString(CollectionsMarshal.AsSpan(_text)[start.._ends[index]]);
        }
    }

    /// <summary>Adds a name.</summary>
    public void Add(string name)
    {
        _text.AddRange(Encoding.UTF8.GetBytes(name));
        _ends.Add(_text.Count);
    }
}

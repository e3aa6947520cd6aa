using Ohmformer.Files;

namespace Ohmformer.Models.Images;

/// <summary>
/// Folders in the layout of ImageNet: root/[train|val|test]/class/image.png or .jpg. Only the names are held; an image is decoded when
/// it is read. The images of the classes take turns, so that the first images of a set are a fair sample of it.
/// </summary>
internal sealed class ImageFolder : IPictures
{
    private static readonly string[] TrainFolders = ["train"], TestFolders = ["test", "val"];

    private readonly string _folder;
    private readonly string[] _classes;
    private readonly FileNames _names = new();
    private readonly (int Class, int Name)[] _order;

    private ImageFolder(string folder, string[] classes)
    {
        (_folder, _classes) = (folder, classes);
        int[] starts = [.. classes.Select(AddNames), _names.Count];
        _order = new (int, int)[_names.Count];
        for (int turn = 0, next = 0; next < _order.Length; turn++)
            for (int c = 0; c < classes.Length; c++)
                if (starts[c] + turn < starts[c + 1]) _order[next++] = (c, starts[c] + turn);
    }

    /// <summary>The folder of class folders of a split, or null when there is none.</summary>
    public static string? Find(string root, Split split)
    {
        string[] parts = [.. (split == Split.Train ? TrainFolders : TestFolders).Select(p => Path.Combine(root, p))];
        if (parts.FirstOrDefault(HasClasses) is { } part) return part;
        bool isDivided = TrainFolders.Concat(TestFolders).Any(p => Directory.Exists(Path.Combine(root, p)));
        return split == Split.Test && !isDivided && HasClasses(root) ? root : null;
    }

    /// <summary>Lists the images below the class folders.</summary>
    /// <param name="root">Where a class index may lie.</param>
    /// <param name="folder">The folder of class folders.</param>
    /// <exception cref="InputException">There are no images, the class index does not fit, or the first image is damaged.</exception>
    public static ImageSet Load(string root, string folder)
    {
        string[] classes = [.. ClassFolders(folder).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal)];
        var index = ClassIndex.Find(root);
        int[] labels = index?.LabelsOf(folder, classes) ?? [.. Enumerable.Range(0, classes.Length)];
        var images = new ImageFolder(folder, classes);
        if (images._order.Length == 0) throw new InputException($"{folder}: its class folders hold no .png, .jpg or .jpeg files");
        var first = images.Read(0);
        return new ImageSet(folder, images, [.. images._order.Select(o => labels[o.Class])], first.Channels, first.Height, first.Width)
        {
            Format = "image folder",
            SortedClasses = index is null ? classes.Length : null,
            ClassNames = [.. Enumerable.Range(0, 1 + labels.Max()).Select(l => Array.IndexOf(labels, l) is >= 0 and int c ? classes[c] : $"{l}")],
        };
    }

    /// <inheritdoc/>
    public Picture Read(int image) => PictureFile.Load(NameOf(image));

    /// <inheritdoc/>
    public string NameOf(int image) => Path.Combine(_folder, _classes[_order[image].Class], _names[_order[image].Name]);

    private static bool HasClasses(string folder) =>
        Directory.Exists(folder) && ClassFolders(folder).Any(c => Directory.EnumerateFiles(c).Any(PictureFile.Recognizes));

    private static IEnumerable<string> ClassFolders(string folder) =>
        Directory.EnumerateDirectories(folder).Where(f => !Path.GetFileName(f).StartsWith('.'));

    private int AddNames(string name)
    {
        int start = _names.Count;
        var files = Directory.EnumerateFiles(Path.Combine(_folder, name)).Where(PictureFile.Recognizes).Select(f => Path.GetFileName(f)!);
        foreach (string file in files.Order(StringComparer.Ordinal)) _names.Add(file);
        return start;
    }
}

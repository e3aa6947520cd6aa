using Ohmformer.Files;

namespace Ohmformer.Models.Images;

/// <summary>Where the images of a set come from. Many threads may read at once.</summary>
internal interface IPictures
{
    /// <summary>An image; sets of files decode it now.</summary>
    /// <exception cref="InputException">Its file is damaged; the message names it.</exception>
    Picture Read(int image);

    /// <summary>What an image is called in messages.</summary>
    string NameOf(int image);
}

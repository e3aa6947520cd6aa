namespace Ohmformer.Models.Images;

/// <summary>How an image is resized; the numbers are those of PIL and of "resample" in preprocessor_config.json.</summary>
public enum Resampling
{
    /// <summary>The nearest pixel.</summary>
    Nearest = 0,

    /// <summary>Windowed sinc over three pixels either side.</summary>
    Lanczos = 1,

    /// <summary>Triangle over one pixel either side.</summary>
    Bilinear = 2,

    /// <summary>Cubic convolution with a = -1/2 (Keys: Cubic convolution interpolation for digital image processing, 1981).</summary>
    Bicubic = 3,

    /// <summary>Mean of the pixels that are covered.</summary>
    Box = 4,

    /// <summary>Windowed sinc over one pixel either side.</summary>
    Hamming = 5,
}

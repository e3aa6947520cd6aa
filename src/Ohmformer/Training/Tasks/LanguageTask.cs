using Ohmformer.Files;
using Ohmformer.Models;
using Ohmformer.Models.Checkpoints;
using Ohmformer.Models.Texts;
using Ohmformer.Models.Tokenizers;
using Ohmformer.Numerics;

namespace Ohmformer.Training.Tasks;

/// <summary>
/// Windows of a text of which every next token is predicted, for a GPT-2. In each epoch the training text is cut into neighboring windows, from
/// another place on; other texts are cut into windows that overlap by half, as when a model is evaluated.
/// </summary>
internal sealed class LanguageTask : ITrainingTask
{
    private const int LongestText = 1 << 28;

    private readonly ulong _seed;
    private readonly int _context;
    private readonly TokenizerFiles _tokenizer;
    private readonly ReadOnlyMemory<int> _train;
    private readonly IReadOnlyList<TokenWindow> _validation, _test;

    /// <summary>Reads the texts and fits a network to them.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="spec">Its task.</param>
    /// <param name="files">The files that it names.</param>
    /// <exception cref="InputException">They cannot be used or do not fit.</exception>
    public LanguageTask(TrainingRecipe recipe, LanguageTaskSpec spec, TrainingFiles files)
    {
        (_seed, _context) = (recipe.Seed, Math.Min(spec.Context, files.Start?.Spec.Tokens ?? int.MaxValue));
        string path = files.Locate(spec.Data), text = Utf8Text.Decode(path, InputFile.ReadAllBytes(path, LongestText));
        _tokenizer = new TaskTokenizer(spec.Vocabulary, spec.Tokenizer).Open(recipe, files, size => LearnedVocabulary.BytePairs([text], size));
        long held = (long)spec.ValidationSamples * _context;
        int cut = Cut(_tokenizer.Tokenizer, text, held);
        // The held-out end is no source of tokens: those that were learned from it, too, have only told where it begins.
        if (spec.Vocabulary is { } size && cut > 0 && cut < text.Length) _tokenizer = LearnedVocabulary.BytePairs([text[..cut]], size);
        Network = NetworkOf(recipe, files.Start?.Spec);
        int[] ids = _tokenizer.Tokenizer.Encode(text[..cut]).Ids;
        // The last token of a window is only predicted, and windows begin at up to one window from the start.
        if (ids.Length < 2 * _context)
            throw new InputException($"{path}: has {_tokenizer.Tokenizer.Encode(text).Ids.Length} tokens; the recipe {recipe.Name} needs {2 * _context + held}, twice the context of {_context} and validationSamples. Take a longer text or a shorter context.");
        _train = ids;
        _validation = spec.Validation is not null ? Windows(files.Locate(spec.Validation)) : TokenWindows.Of([_tokenizer.Tokenizer.Encode(text[cut..]).Ids], _context + 1, _context / 2).Windows;
        _test = Windows(files.Locate(spec.Test));
    }

    /// <inheritdoc/>
    public TransformerSpec Network { get; }

    /// <inheritdoc/>
    public int Count(DataPart part) => part switch
    {
        DataPart.Train => _train.Length / _context - 1,
        DataPart.Validation => _validation.Count,
        _ => _test.Count,
    };

    /// <inheritdoc/>
    public TrainingBatch Read(DataPart part, int epoch, ReadOnlySpan<int> samples)
    {
        List<int> ids = [], labels = [];
        int[] lengths = new int[samples.Length];
        for (int i = 0; i < samples.Length; i++)
        {
            var window = Window(part, epoch, samples[i]);
            var tokens = window.Ids.Span;
            lengths[i] = tokens.Length - 1;
            ids.AddRange(tokens[..^1]);
            labels.AddRange(Enumerable.Repeat(-1, lengths[i] - window.Predicted));
            labels.AddRange(tokens[^window.Predicted..]);
        }
        return new TrainingBatch { Ids = ids.ToArray(), Lengths = lengths, Labels = labels.ToArray() };
    }

    /// <inheritdoc/>
    public void Save(TransformerWeights weights, string folder)
    {
        new Checkpoint(Network, weights, [], null).Save(folder);
        _tokenizer.Save(folder);
    }

    private TokenWindow Window(DataPart part, int epoch, int sample)
    {
        if (part != DataPart.Train) return (part == DataPart.Validation ? _validation : _test)[sample];
        int start = new RandomStream(new NoiseKey(_seed, NoisePurpose.Augmentation, epoch)).NextBelow(_context);
        return new(_train.Slice(start + sample * _context, _context + 1), _context);
    }

    /// <summary>Where the last tokens of a text begin; 0 where it has no more than these.</summary>
    private static int Cut(Tokenizer tokenizer, string text, long last) => last == 0 ? text.Length
        : tokenizer.Encode(text).Tokens is var tokens && tokens.Count > last ? tokens[(int)(tokens.Count - last)].Start : 0;

    private IReadOnlyList<TokenWindow> Windows(string path) => TokenWindows.Load(path, _tokenizer.Tokenizer, _context + 1, _context / 2).Windows;

    private TransformerSpec NetworkOf(TrainingRecipe recipe, TransformerSpec? start)
    {
        if (start is not null)
        {
            if (start is not { Input: TokenInput, Pooling: Pooling.EveryToken, Causal: true })
                throw new InputException($"recipe {recipe.Name}: start {recipe.Start} does not predict text; name a language model.");
            TaskTokenizer.CheckFits(recipe, _tokenizer.Tokenizer, start);
            return start with { Name = recipe.Name };
        }
        return new TransformerSpec
        {
            Name = recipe.Name,
            Input = new TokenInput { Vocabulary = _tokenizer.Tokenizer.VocabularySize, Length = _context },
            Layers = recipe.Network!.Layers,
            Hidden = recipe.Network.Hidden,
            Heads = recipe.Network.Heads,
            Intermediate = recipe.Network.Intermediate,
            Classes = _tokenizer.Tokenizer.VocabularySize,
            NormEpsilon = 1e-5,
            Activation = Activation.GeluTanh,
            Causal = true,
            Pooling = Pooling.EveryToken,
            HeadBias = false,
            TiedHead = true,
        };
    }
}

using Ohmformer.Files;
using Ohmformer.Models;
using Ohmformer.Models.Checkpoints;
using Ohmformer.Models.Texts;
using Ohmformer.Models.Tokenizers;
using Ohmformer.Numerics;

namespace Ohmformer.Training.Tasks;

/// <summary>Sentences, or pairs of them, with a class each, for a BERT with a classifier on its first token. All are held as tokens.</summary>
internal sealed class SentenceTask : ITrainingTask
{
    private readonly SentenceTaskSpec _spec;
    private readonly ulong _seed;
    private readonly TokenizerFiles _tokenizer;
    private readonly IReadOnlyList<string> _labels;
    private readonly ArraySegment<Sentence> _train, _validation, _test;

    /// <summary>Reads the sentences and fits a network to them.</summary>
    /// <param name="recipe">The recipe.</param>
    /// <param name="spec">Its task.</param>
    /// <param name="files">The files that it names.</param>
    /// <exception cref="InputException">They cannot be used or do not fit.</exception>
    public SentenceTask(TrainingRecipe recipe, SentenceTaskSpec spec, TrainingFiles files)
    {
        (_spec, _seed) = (spec, recipe.Seed);
        string path = files.Locate(spec.Data);
        var task = spec.GlueTask(path);
        if (files.Start is { } start) task = task.OrderedAs(start.Labels);
        TextSample[] samples = [.. TextSamples.Read(path, task)];
        if (spec.ValidationSamples >= samples.Length)
            throw new InputException($"recipe {recipe.Name}: validationSamples {spec.ValidationSamples} leaves nothing of {samples.Length} training sentences; hold out fewer.");
        int held = samples.Length - spec.ValidationSamples;
        // Held-out sentences are no source of words.
        _tokenizer = new TaskTokenizer(spec.Vocabulary, spec.Tokenizer).Open(
            recipe, files, size => LearnedVocabulary.WordPieces(samples.Take(held).SelectMany(s => s.Pair is null ? (string[])[s.Text] : [s.Text, s.Pair]), size));
        Network = NetworkOf(recipe, files.Start?.Spec, task.Labels.Count);
        _labels = files.Start?.Labels ?? task.Labels;
        var all = Encode(samples);
        (_train, _validation) = (all[..held], spec.Validation is null ? all[held..] : Encode(TextSamples.Read(files.Locate(spec.Validation), task)));
        _test = Encode(TextSamples.Read(files.Locate(spec.Test), task));
    }

    /// <inheritdoc/>
    public TransformerSpec Network { get; }

    /// <inheritdoc/>
    public int Count(DataPart part) => Sentences(part).Count;

    /// <inheritdoc/>
    public TrainingBatch Read(DataPart part, int epoch, ReadOnlySpan<int> samples)
    {
        bool training = part == DataPart.Train;
        var targets = new ClassTargets(samples.Length, Network.Classes, training ? _spec.LabelSmoothing : 0);
        List<int> ids = [], segments = [];
        int[] lengths = new int[samples.Length];
        for (int i = 0; i < samples.Length; i++)
        {
            var sentence = Sentences(part)[samples[i]];
            var random = new RandomStream(new NoiseKey(_seed, NoisePurpose.Augmentation, training ? epoch : 0, samples[i] + 1));
            int before = ids.Count;
            foreach (var token in sentence.Tokens)
            {
                if (training && token.Origin != TokenOrigin.Added && random.NextUniform() < _spec.TokenDropout) continue;
                ids.Add(token.Id);
                segments.Add(token.Type);
            }
            lengths[i] = ids.Count - before;
            targets.Set(i, sentence.Label);
        }
        return new TrainingBatch { Ids = ids.ToArray(), Segments = segments.ToArray(), Lengths = lengths, Labels = targets.Labels, Probabilities = targets.Probabilities };
    }

    /// <inheritdoc/>
    public void Save(TransformerWeights weights, string folder)
    {
        new Checkpoint(Network, weights, _labels, null).Save(folder);
        _tokenizer.Save(folder);
    }

    private ArraySegment<Sentence> Sentences(DataPart part) => part switch
    {
        DataPart.Train => _train,
        DataPart.Validation => _validation,
        _ => _test,
    };

    private TransformerSpec NetworkOf(TrainingRecipe recipe, TransformerSpec? start, int classes)
    {
        if (start is not null)
        {
            if (start is not { Input: TokenInput, Pooling: Pooling.FirstToken } || start.Classes != classes)
                throw new InputException($"recipe {recipe.Name}: start {recipe.Start} does not classify texts in {classes} classes; name a model that does.");
            TaskTokenizer.CheckFits(recipe, _tokenizer.Tokenizer, start);
            return start with { Name = recipe.Name };
        }
        return new TransformerSpec
        {
            Name = recipe.Name,
            Input = new TokenInput { Vocabulary = _tokenizer.Tokenizer.VocabularySize, Length = _spec.MostTokens, Segments = 2, Normalized = true },
            Layers = recipe.Network!.Layers,
            Hidden = recipe.Network.Hidden,
            Heads = recipe.Network.Heads,
            Intermediate = recipe.Network.Intermediate,
            Classes = classes,
            NormPosition = NormPosition.Post,
            Pooler = Activation.Tanh,
        };
    }

    private Sentence[] Encode(IEnumerable<TextSample> samples) =>
        [.. samples.Select(s => new Sentence(_tokenizer.Tokenizer.Encode(s.Text, s.Pair, Math.Min(_spec.MostTokens, Network.Tokens)).Tokens, s.Label))];

    /// <summary>A sample as the network reads it.</summary>
    private sealed record Sentence(IReadOnlyList<Token> Tokens, int Label);
}

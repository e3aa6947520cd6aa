using Ohmformer.Mapping;
using Ohmformer.Physics;
using Ohmformer.Training.Tasks;

namespace Ohmformer.Training;

/// <summary>Everything that decides the result of a training: same recipe and data, same weights. docs/guide/training.md is its reference.</summary>
public sealed record TrainingRecipe : ICheckedSpec
{
    /// <summary>Name of the network.</summary>
    [Parameter("Name of the network.")]
    public required string Name { get; init; }

    /// <summary>What is learned, from which data.</summary>
    [Parameter("What is learned, from which data.")]
    public required TaskSpec Task { get; init; }

    /// <summary>Sizes of the network; null where <see cref="Start"/> brings them.</summary>
    [Parameter("Sizes of the network; left out where start brings them.")]
    public NetworkSpec? Network { get; init; }

    /// <summary>Folder of a trained model whose weights are refined; null to begin with random weights.</summary>
    [Parameter("Folder of a trained model of the same task whose weights are refined; random weights when left out.")]
    public string? Start { get; init; }

    /// <summary>Neighboring encoders that share all their weights (Zhang et al.: MiniViT, arXiv:2204.07154); 1 when every encoder has its own.</summary>
    [Parameter("Neighboring encoders that share all their weights; 1 when every encoder has its own.", Min = 1, Max = 1000)]
    public int SharedEncoders { get; init; } = 1;

    /// <summary>Tokens that drop out while the network runs, in training and evaluation as on hardware; null for none.</summary>
    [Parameter("Tokens that drop out while the network runs, in training and evaluation, as a design's tokenPruning has it; none when left out.")]
    public TokenPruning? TokenPruning { get; init; }

    /// <summary>Noise that keeps the network from learning samples by heart.</summary>
    [Parameter("Noise in the network that keeps it from learning samples by heart.")]
    public RegularizationSpec Regularization { get; init; } = new();

    /// <summary>Noise of hardware in every forward pass, of training and evaluation; null for none.</summary>
    [Parameter("Noise of the hardware that the network is trained for, in every forward pass of training and evaluation; none when left out.")]
    public ForwardNoiseSpec? Noise { get; init; }

    /// <summary>How the loss is minimized.</summary>
    [Parameter("How the loss is minimized.")]
    public required OptimizationSpec Optimization { get; init; }

    /// <summary>Seed of initial weights, order, augmentation, dropout and noise.</summary>
    [Parameter("Seed of initial weights, order, augmentation, dropout and noise.", Min = 0)]
    public ulong Seed { get; init; } = 1;

    /// <inheritdoc/>
    public IEnumerable<Violation> Violations()
    {
        if (Network is null && Start is null) yield return new(nameof(Network), "is missing: write its sizes, or the folder of a trained model as 'start'");
        if (Network is not null && Start is not null) yield return new(nameof(Network), "contradicts 'start', which brings the sizes of its network; remove one of them");
        if (Optimization.Patience is not null && !Task.HasValidation)
            yield return new(nameof(Optimization), "stops early by 'patience', but the task holds no samples out to validate on; give it 'validationSamples'");
    }
}

/// <summary>Sizes of a network. What it reads and answers follows from the task.</summary>
public sealed record NetworkSpec : ICheckedSpec
{
    /// <summary>Number of encoders.</summary>
    [Parameter("Number of encoders.", Min = 1, Max = 1000)]
    public required int Layers { get; init; }

    /// <summary>Width of a token.</summary>
    [Parameter("Width of a token; a multiple of heads.", Min = 1, Max = 65536)]
    public required int Hidden { get; init; }

    /// <summary>Attention heads.</summary>
    [Parameter("Attention heads.", Min = 1, Max = 1024)]
    public required int Heads { get; init; }

    /// <summary>Width of the feed-forward layer.</summary>
    [Parameter("Width of the feed-forward layer.", Min = 1, Max = 262144)]
    public required int Intermediate { get; init; }

    /// <summary>What attention and positions start from.</summary>
    [Parameter("What attention and positions start from: independent normal numbers, or what they look like in large pretrained vision transformers (arXiv:2305.09828).")]
    public Initialization Initialization { get; init; }

    /// <inheritdoc/>
    public IEnumerable<Violation> Violations()
    {
        if (Hidden % Heads != 0) yield return new(nameof(Hidden), $"is {Hidden}, which is not a multiple of the {Heads} heads; choose a multiple");
    }
}

/// <summary>Noise in the network while it is trained.</summary>
public sealed record RegularizationSpec
{
    /// <summary>Share of the outputs of attention and feed-forward layers that are set to 0 (Srivastava et al.: Dropout, JMLR 15, 2014).</summary>
    [Parameter("Share of embeddings and of outputs of attention and feed-forward layers that are set to 0 at random.", Min = 0, Max = 0.9)]
    public double Dropout { get; init; }

    /// <summary>Probability that the last encoder is skipped, rising linearly from 0 at the first (Huang et al., arXiv:1603.09382).</summary>
    [Parameter("Probability that a sample skips a branch of the last encoder; it rises linearly from 0 at the first.", Min = 0, Max = 0.9)]
    public double StochasticDepth { get; init; }
}

/// <summary>How the loss is minimized: AdamW with warm-up and half a cosine.</summary>
public sealed record OptimizationSpec
{
    /// <summary>Passes over the training samples.</summary>
    [Parameter("Passes over the training samples.", Min = 1, Max = 1000000)]
    public required int Epochs { get; init; }

    /// <summary>Samples per update.</summary>
    [Parameter("Samples per update.", Min = 1, Max = 65536)]
    public int BatchSize { get; init; } = 64;

    /// <summary>Learning rate after the warm-up.</summary>
    [Parameter("Learning rate after the warm-up.", Min = 0, Max = 1)]
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>Epochs of linear warm-up.</summary>
    [Parameter("Epochs in which the learning rate rises from 0; afterward it falls to 0 on half a cosine.", Min = 0, Max = 1000000)]
    public double WarmUpEpochs { get; init; } = 5;

    /// <summary>Decoupled weight decay.</summary>
    [Parameter("Weight decay of the linear layers' weights, decoupled from the gradient.", Min = 0, Max = 10)]
    public double WeightDecay { get; init; } = 0.05;

    /// <summary>Largest norm of the gradient.</summary>
    [Parameter("Largest Euclidean norm of the gradient; longer gradients are shortened to it.", Min = 1e-6)]
    public double GradientNorm { get; init; } = 1;

    /// <summary>Decay of the running mean of the weights; null for none.</summary>
    [Parameter("Decay per update of the running mean of the weights, which is evaluated and saved in place of the weights; none when left out.", Min = 0, Max = 0.9999999)]
    public double? EmaDecay { get; init; }

    /// <summary>Epochs without a better validation result before the training ends; null to train to the end.</summary>
    [Parameter("Epochs without a better validation result after which the training ends; the best network is kept. When left out, all epochs are trained and the last network is kept.", Min = 1)]
    public int? Patience { get; init; }
}

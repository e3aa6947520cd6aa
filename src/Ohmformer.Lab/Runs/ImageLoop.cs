using System.Runtime.ExceptionServices;
using Ohmformer.Models;
using Ohmformer.Numerics;

namespace Ohmformer.Lab.Runs;

/// <summary>Runs work for every image of a set: images side by side, or one after the other on workers that share each image.</summary>
/// <param name="Spec">The network.</param>
/// <param name="Threads">Threads for images side by side.</param>
/// <param name="Workers">Threads that share an image; if more than one, images run one after the other.</param>
/// <param name="Progress">Is told about every image.</param>
/// <param name="Cancellation">Stops between images.</param>
/// <param name="Tokens">Tokens of the longest input; null for the longest that the network takes.</param>
internal sealed record ImageLoop(TransformerSpec Spec, int Threads, Workers Workers, IProgress<PhaseProgress> Progress, CancellationToken Cancellation, int? Tokens = null)
{
    /// <summary>The workers for each of a number of images: all threads share an image where there are fewer images than threads.</summary>
    public static Workers WorkersFor(int images, int threads) => new(images < threads ? threads : 1);

    /// <summary>Calls the work once for each image index below <paramref name="count"/>, in any order.</summary>
    /// <exception cref="OperationCanceledException">The user interrupted.</exception>
    public void Run(string phase, int count, Action<int, TransformerWorkspace> work)
    {
        int done = 0;
        Progress.Report(new(phase, 0, count));
        try
        {
            Parallel.For(
                0,
                count,
                new ParallelOptions { MaxDegreeOfParallelism = Workers.Threads > 1 ? 1 : Threads, CancellationToken = Cancellation },
                () => new TransformerWorkspace(Spec, Tokens ?? Spec.Tokens, Workers),
                (image, _, workspace) =>
                {
                    work(image, workspace);
                    Progress.Report(new(phase, Interlocked.Increment(ref done), count));
                    return workspace;
                },
                _ => { });
        }
        catch (AggregateException failures)
        {
            ExceptionDispatchInfo.Throw(failures.InnerExceptions[0]);
        }
    }
}

using System.Runtime.ExceptionServices;
using Ohmformer.Models;

namespace Ohmformer.Lab.Runs;

/// <summary>Runs work for every image of a set on several threads, each with a workspace of its own.</summary>
internal sealed record ImageLoop(TransformerSpec Spec, int Threads, IProgress<PhaseProgress> Progress, CancellationToken Cancellation)
{
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
                new ParallelOptions { MaxDegreeOfParallelism = Threads, CancellationToken = Cancellation },
                () => new TransformerWorkspace(Spec),
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

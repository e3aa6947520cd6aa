using Ohmformer.Benchmarks;

switch (args)
{
    case ["gemm"]:
        GemmBench.Run(Console.Out);
        return 0;
    case ["exact"]:
        ExactBench.Run(Console.Out);
        return 0;
    case ["arrays"]:
        ArrayBench.Run(Console.Out);
        return 0;
    case ["lookup"]:
        LookupBench.Run(Console.Out);
        return 0;
    case ["bytes"]:
        TableBench.Bytes(Console.Out);
        return 0;
    case ["gather"]:
        TableBench.Gather(Console.Out);
        return 0;
    case ["write"]:
        WriteBench.Run(Console.Out);
        return 0;
    default:
        Console.Error.WriteLine("usage: dotnet run -c Release --project benchmarks/Ohmformer.Benchmarks -- gemm|exact|arrays|lookup|bytes|gather|write");
        return 2;
}

return await Ohmformer.Cli.Application.RunAsync(args, Console.Out, Console.Error);

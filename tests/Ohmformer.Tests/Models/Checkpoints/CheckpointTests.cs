using System.Text.Json;
using System.Text.Json.Nodes;
using Ohmformer.Files;
using Ohmformer.Mapping;
using Ohmformer.Models;
using Ohmformer.Models.Checkpoints;
using Ohmformer.Models.Safetensors;

namespace Ohmformer.Tests.Models.Checkpoints;

public sealed class CheckpointTests : IDisposable
{
    private static readonly TransformerSpec Tiny = RandomTransformer.Tiny;

    private static readonly Checkpoint Example = new(Tiny, RandomTransformer.Weights(Tiny), ["zero", "one", "two", "three", "\"four\""],
        new Preprocessing { RescaleFactor = 1.0 / 256, Mean = [0.1, 0.2], Deviation = [0.3, 0.4] });

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(Activation.Gelu, true)]
    [InlineData(Activation.GeluTanh, false)]
    public void A_saved_checkpoint_loads_again(Activation activation, bool qkvBias)
    {
        var spec = Tiny with { Activation = activation, QkvBias = qkvBias, Name = Path.GetFileName(_folder.Path) };
        var saved = Example with { Spec = spec, Weights = RandomTransformer.Weights(spec) };
        saved.Save(_folder.Path);
        var loaded = Checkpoint.Load(_folder.Path);
        Assert.Equal(spec, loaded.Spec);
        Assert.Equal(saved.Labels, loaded.Labels);
        Assert.Equal(JsonSerializer.Serialize(saved.Weights), JsonSerializer.Serialize(loaded.Weights));
        Assert.Equal(JsonSerializer.Serialize(saved.Preprocessing), JsonSerializer.Serialize(loaded.Preprocessing));
        Assert.Equal(3, Directory.GetFiles(_folder.Path).Length);
    }

    [Theory]
    [InlineData(AttentionStandIn.Transformation, false)]
    [InlineData(AttentionStandIn.Transformation, true)]
    [InlineData(AttentionStandIn.Identity, false)]
    [InlineData(AttentionStandIn.Nothing, false)]
    public void The_reuse_of_attention_is_saved_with_the_model(AttentionStandIn standIn, bool chained)
    {
        var spec = Tiny with { Name = Path.GetFileName(_folder.Path), Layers = 4, Reuse = new([1, 2], standIn, chained) };
        var saved = Example with { Spec = spec, Weights = RandomTransformer.Weights(spec) };
        saved.Save(_folder.Path);
        var loaded = Checkpoint.Load(_folder.Path);
        Assert.Equal(spec, loaded.Spec);
        Assert.Equal(JsonSerializer.Serialize(saved.Weights), JsonSerializer.Serialize(loaded.Weights));
        Assert.Equal(Logits(saved), Logits(loaded));
    }

    [Fact]
    public void Networks_that_can_be_saved_are_known_before_they_are()
    {
        foreach (var (family, spec) in RandomTransformer.Families)
        {
            var checkpoint = Example with { Spec = spec, Weights = RandomTransformer.Weights(spec), Labels = [.. Enumerable.Range(0, spec.Classes).Select(c => $"{c}")] };
            var error = Record.Exception(() => checkpoint.Save(_folder.File(family)));
            Assert.True(Checkpoint.CanSave(spec) == error is null, $"{family}: {error}");
            if (error is not null) Assert.IsType<NotSupportedException>(error);
        }
        Assert.All((string[])["vit", "deit", "lvvit", "bert", "roberta", "distilbert", "gpt2", "llama", "llama, pairs", "kwt"], family => Assert.True(Checkpoint.CanSave(RandomTransformer.Families[family])));
        Assert.All((string[])["mean", "span"], family => Assert.False(Checkpoint.CanSave(RandomTransformer.Families[family])));
    }

    [Theory]
    [InlineData("bert")]
    [InlineData("roberta")]
    [InlineData("distilbert")]
    [InlineData("gpt2")]
    [InlineData("llama")]
    [InlineData("kwt")]
    public void The_reuse_of_attention_is_saved_with_models_of_other_families(string family)
    {
        foreach (var standIn in Enum.GetValues<AttentionStandIn>())
        {
            var spec = RandomTransformer.Families[family] with { Name = Path.GetFileName(_folder.Path), Layers = 4, TiedHead = false, Reuse = new([1, 2], standIn) };
            var saved = new Checkpoint(spec, RandomTransformer.Weights(spec), spec.Causal ? [] : Example.Labels, null);
            saved.Save(_folder.Path);
            var loaded = Checkpoint.Load(_folder.Path);
            Assert.Equal(spec, loaded.Spec);
            Assert.Equal(JsonSerializer.Serialize(saved.Weights), JsonSerializer.Serialize(loaded.Weights));
        }
    }

    [Theory]
    [InlineData(Pooling.DenseMax, true, false)]
    [InlineData(Pooling.DenseMax, false, true)]
    [InlineData(Pooling.FirstToken, true, true)]
    public void A_saved_lvvit_loads_again(Pooling pooling, bool qkvBias, bool reuses)
    {
        var spec = RandomTransformer.Families["lvvit"] with { Layers = 4, Pooling = pooling, QkvBias = qkvBias, Reuse = reuses ? new([1, 3]) : null };
        var weights = RandomTransformer.Weights(spec);
        // Numbers whose neighbors are relatively farthest and nearest.
        float[] awkward = [1, MathF.BitDecrement(2), MathF.BitDecrement(1), MathF.BitIncrement(1), float.MaxValue, float.Epsilon, -0f, 1.17549435e-38f];
        awkward.CopyTo(weights.Stem[1].Weight, 0);
        var saved = new Checkpoint(spec, weights, ["zero", "one", "two", "three", "four"], Example.Preprocessing);
        saved.Save(_folder.Path);
        var loaded = Checkpoint.Load(_folder.Path);
        Assert.Equal(spec, loaded.Spec);
        Assert.Equal(saved.Labels, loaded.Labels);
        Assert.Equal(JsonSerializer.Serialize(saved.Weights), JsonSerializer.Serialize(loaded.Weights));
        Assert.Equal(JsonSerializer.Serialize(saved.Preprocessing), JsonSerializer.Serialize(loaded.Preprocessing));
        Assert.Equal(weights.Stem[1].Weight.Select(BitConverter.SingleToInt32Bits), loaded.Weights.Stem[1].Weight.Select(BitConverter.SingleToInt32Bits));
    }

    [Fact]
    public void An_lvvit_of_PyTorch_is_saved_with_its_names_and_shapes()
    {
        string original = Path.Combine(SharedData.Project, "tests", "Ohmformer.Tests", "Models", "reference", "lvvit");
        var read = Checkpoint.Load(original);
        read.Save(_folder.Path);
        using TensorFolder expected = TensorFolder.Open(original), found = TensorFolder.Open(_folder.Path);
        Assert.Equal(TensorNames(original).Order(), TensorNames(_folder.Path).Order());
        Assert.All(TensorNames(original), tensor => Assert.Equal(expected.Find(tensor)!.Shape, found.Find(tensor)!.Shape));
        Assert.Equal(JsonSerializer.Serialize(read.Weights), JsonSerializer.Serialize(Checkpoint.Load(_folder.Path).Weights));
    }

    [Fact]
    public void A_network_without_reuse_has_no_key_for_it()
    {
        Example.Save(_folder.Path);
        Assert.DoesNotContain("attention_reuse", File.ReadAllText(_folder.File("config.json")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("bert", false)]
    [InlineData("roberta", false)]
    [InlineData("distilbert", false)]
    [InlineData("gpt2", true)]
    [InlineData("gpt2", false)]
    [InlineData("llama", true)]
    [InlineData("llama", false)]
    [InlineData("llama, pairs", false)]
    public void A_saved_text_model_loads_again(string family, bool tied)
    {
        var spec = RandomTransformer.Families[family] with { TiedHead = tied, Name = Path.GetFileName(_folder.Path) };
        if (spec.GatedMlp) spec = spec with { KeyValueHeads = spec.KeyValueHeads, HeadSize = spec.HeadSize }; // Llama's file names them always.
        var weights = RandomTransformer.Weights(spec);
        if (spec.TiedHead) weights = weights with { Head = new(WeightReader.Transpose(weights.TokenTable!, spec.Classes), null, spec.Hidden, spec.Classes) };
        var saved = new Checkpoint(spec, weights, spec.Causal ? [] : Example.Labels, null);
        saved.Save(_folder.Path);
        var loaded = Checkpoint.Load(_folder.Path);
        Assert.Equal(spec, loaded.Spec);
        Assert.Equal(saved.Labels, loaded.Labels);
        Assert.Equal(JsonSerializer.Serialize(saved.Weights), JsonSerializer.Serialize(loaded.Weights));
        Assert.Equal(2, Directory.GetFiles(_folder.Path).Length);
    }

    [Theory]
    [InlineData("bert-classifier", "")]
    [InlineData("deit-classifier", "")]
    [InlineData("deit-teacher", "")]
    [InlineData("distilbert-classifier", "")]
    [InlineData("llama-halves", "")]
    [InlineData("llama-pairs", "")]
    [InlineData("gpt2-tied", "transformer.")] // The file has the names of OpenAI's checkpoints.
    public void A_checkpoint_of_PyTorch_is_saved_with_its_names_shapes_and_values(string name, string prefix)
    {
        string original = Path.Combine(SharedData.Project, "tests", "Ohmformer.Tests", "Models", "reference", name);
        Checkpoint.Load(original).Save(_folder.Path);
        using TensorFolder expected = TensorFolder.Open(original), found = TensorFolder.Open(_folder.Path);
        Assert.Equal(TensorNames(original).Select(t => prefix + t).Order(), TensorNames(_folder.Path).Order());
        foreach (string tensor in TensorNames(original))
        {
            Assert.Equal(expected.Find(tensor)!.Shape, found.Find(prefix + tensor)!.Shape);
            Assert.Equal(expected.Read(tensor), found.Read(prefix + tensor));
        }
        Assert.Equal(Checkpoint.Load(original).Spec, Checkpoint.Load(_folder.Path).Spec with { Name = name });
    }

    /// <summary>The rows before the position of the first token are read by nobody and become 0.</summary>
    [Fact]
    public void A_RoBERTa_of_PyTorch_is_saved_with_its_names_shapes_and_values()
    {
        const string positions = "roberta.embeddings.position_embeddings.weight";
        string original = Path.Combine(SharedData.Project, "tests", "Ohmformer.Tests", "Models", "reference", "roberta-classifier");
        var model = Checkpoint.Load(original);
        model.Save(_folder.Path);
        using TensorFolder expected = TensorFolder.Open(original), found = TensorFolder.Open(_folder.Path);
        Assert.Equal(TensorNames(original).Order(), TensorNames(_folder.Path).Order());
        foreach (string tensor in TensorNames(original))
        {
            int unread = tensor == positions ? 2 * model.Spec.Hidden : 0;
            Assert.Equal(expected.Find(tensor)!.Shape, found.Find(tensor)!.Shape);
            Assert.Equal(expected.Read(tensor)[unread..], found.Read(tensor)[unread..]);
            Assert.All(found.Read(tensor)[..unread], value => Assert.Equal(0, value));
        }
        Assert.Equal(model.Spec, Checkpoint.Load(_folder.Path).Spec with { Name = "roberta-classifier" });
        Assert.Contains("\"pad_token_id\": 1,", File.ReadAllText(_folder.File("config.json")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mean")]
    [InlineData("span")]
    public void Networks_without_a_writer_are_not_saved(string family)
    {
        var spec = RandomTransformer.Families[family];
        Assert.Throws<NotSupportedException>(() => new Checkpoint(spec, RandomTransformer.Weights(spec), [], Example.Preprocessing).Save(_folder.Path));
        Assert.Empty(Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void A_timm_checkpoint_gives_the_same_logits()
    {
        // Heads cannot be told from a width of 6; the configuration names them.
        SaveTimm(Example.Weights);
        _folder.Write("config.json", """{"architecture": "deit_test", "num_classes": 5, "model_args": {"num_heads": 3}, "pretrained_cfg": {"mean": [0.1, 0.2], "std": [0.3, 0.4]}}""");
        var loaded = Checkpoint.Load(_folder.Path);
        Assert.Equal(Tiny with { Name = "deit_test" }, loaded.Spec);
        Assert.Equal([0.1, 0.2], loaded.Preprocessing!.Mean);
        Assert.Equal(Logits(Example), Logits(loaded));
    }

    [Theory]
    [InlineData("num_heads", "{}")]
    [InlineData("head.weight [5, 6], expected [7, 6]", """{"num_classes": 7, "model_args": {"num_heads": 3}}""")]
    [InlineData("not a multiple of the 4 attention heads", """{"model_args": {"num_heads": 4}}""")]
    [InlineData("num_heads is 0; it must be", """{"model_args": {"num_heads": 0}}""")]
    public void A_timm_configuration_that_does_not_fit_is_refused(string message, string config)
    {
        SaveTimm(Example.Weights);
        _folder.Write("config.json", config);
        AssertRefused(message);
    }

    [Fact]
    public void Missing_tensors_are_listed_in_one_message()
    {
        Example.Save(_folder.Path);
        var tensors = HuggingFaceVit.Tensors(Tiny, Example.Weights).Where(t => !t.Name.Contains("layer.1.", StringComparison.Ordinal) && t.Name != "classifier.bias");
        SafetensorsWriter.Write(_folder.File("model.safetensors"), [.. tensors], new Dictionary<string, string>());
        AssertRefused("17 tensors are missing: vit.encoder.layer.1.layernorm_before.weight; ");
        AssertRefused("; ...");
    }

    [Theory]
    [InlineData("hidden_size", "12", "vit.embeddings.cls_token [1, 1, 6], expected [1, 1, 12]")]
    [InlineData("hidden_size", "7", "hidden size 7 is not a multiple of the 3 attention heads")]
    [InlineData("hidden_size", "0", "hidden_size is 0; it must be a whole number from 1")]
    [InlineData("hidden_size", "\"six\"", "hidden_size is \"six\"; it must be a whole number")]
    [InlineData("hidden_size", "6.5", "hidden_size is 6.5")]
    [InlineData("hidden_size", "99999999999", "hidden_size is 99999999999")]
    [InlineData("num_hidden_layers", "1000", "tensors are missing")]
    [InlineData("image_size", "7", "image size 7 is not a multiple of the patch size 3")]
    [InlineData("image_size", "16383", "position_embeddings [1, 5, 6], expected")]
    [InlineData("hidden_act", "\"quick_gelu\"", "hidden_act is \"quick_gelu\"; it must be one of gelu, gelu_new, gelu_pytorch_tanh, relu, silu, swish")]
    [InlineData("model_type", "\"t5\"", "model_type is \"t5\"; it must be one of vit, deit")]
    [InlineData("model_type", "null", "model_type is missing")]
    [InlineData("model_type", "1", "model_type is 1; it must be a text")]
    [InlineData("id2label", """{"0": "a", "2": "b"}""", "id2label has 2 entries, but none for class 1")]
    [InlineData("id2label", """{"0": "a", "1": "b"}""", "classifier.weight [5, 6], expected [2, 6]")]
    [InlineData("qkv_bias", "1", "qkv_bias is 1; it must be true or false")]
    [InlineData("layer_norm_eps", "-1", "epsilon of layer normalization is -1")]
    [InlineData("layer_norm_eps", "[]", "layer_norm_eps is []; it must be a number")]
    public void A_configuration_that_does_not_fit_is_refused(string key, string value, string message)
    {
        Example.Save(_folder.Path);
        Edit("config.json", key, value);
        AssertRefused(message);
    }

    [Theory]
    [InlineData("image_mean", "[0.5]", "1 means and 2 deviations; the model has 2 channels")]
    [InlineData("image_std", "[0.5, 0]", "a deviation is 0; it must be positive")]
    [InlineData("image_mean", "0.5", "image_mean is 0.5; it must be a list of numbers")]
    [InlineData("do_rescale", "\"yes\"", "do_rescale is \"yes\"")]
    public void Preprocessing_that_does_not_fit_is_refused(string key, string value, string message)
    {
        Example.Save(_folder.Path);
        Edit(Preprocessing.FileName, key, value);
        AssertRefused(message);
    }

    [Fact]
    public void Absent_labels_are_numbers()
    {
        Example.Save(_folder.Path);
        Edit("config.json", "id2label", "null");
        Assert.Equal(["0", "1", "2", "3", "4"], Checkpoint.Load(_folder.Path).Labels);
    }

    [Fact]
    public void A_folder_that_is_not_there_is_refused() =>
        Assert.Contains("no such model folder", Assert.Throws<InputException>(() => Checkpoint.Load(_folder.File("none"))).Message, StringComparison.Ordinal);

    [Fact]
    public void Preprocessing_is_the_formula()
    {
        var normalized = new float[4];
        new Preprocessing { Mean = [0.5, 0.25], Deviation = [0.5, 2] }.Apply([0, 255, 51, 102], normalized);
        Assert.Equal([-1f, 1f, -0.025f, 0.075f], normalized);
        new Preprocessing { RescaleFactor = 1, Mean = [0], Deviation = [1] }.Apply([1, 2, 3, 255], normalized);
        Assert.Equal([1f, 2, 3, 255], normalized);
    }

    private void AssertRefused(string message)
    {
        string found = Assert.Throws<InputException>(() => Checkpoint.Load(_folder.Path)).Message;
        Assert.Contains(message, found, StringComparison.Ordinal);
        Assert.Contains(_folder.Path, found, StringComparison.Ordinal);
    }

    private static IEnumerable<string> TensorNames(string folder)
    {
        byte[] file = File.ReadAllBytes(Path.Combine(folder, "model.safetensors"));
        return JsonNode.Parse(file.AsSpan(8, (int)BitConverter.ToUInt64(file)))!.AsObject().Select(t => t.Key).Where(key => key != "__metadata__");
    }

    private void Edit(string file, string key, string value)
    {
        var json = JsonNode.Parse(File.ReadAllText(_folder.File(file)))!;
        json[key] = JsonNode.Parse(value);
        _folder.Write(file, json.ToJsonString());
    }

    private static float[] Logits(Checkpoint checkpoint)
    {
        var logits = new float[checkpoint.Spec.Classes];
        new TransformerRun(checkpoint.Spec, checkpoint.Weights, new FloatProduct())
            .Forward(0, RandomTransformer.Values(Tiny), new TransformerWorkspace(checkpoint.Spec), logits);
        return logits;
    }

    /// <summary>Writes weights under timm's names, derived from the file that Hugging Face's names give.</summary>
    private void SaveTimm(TransformerWeights weights)
    {
        var byName = HuggingFaceVit.Tensors(Tiny, weights).ToDictionary(t => t.Name);
        var list = new List<NamedTensor>();
        void Rename(string from, string to) => list.AddRange(from.EndsWith('.')
            ? [byName[from + "weight"] with { Name = to + "weight" }, byName[from + "bias"] with { Name = to + "bias" }]
            : [byName[from] with { Name = to }]);
        Rename("vit.embeddings.cls_token", "cls_token");
        Rename("vit.embeddings.position_embeddings", "pos_embed");
        Rename("vit.embeddings.patch_embeddings.projection.", "patch_embed.proj.");
        Rename("vit.layernorm.", "norm.");
        Rename("classifier.", "head.");
        for (int l = 0; l < Tiny.Layers; l++)
        {
            string from = $"vit.encoder.layer.{l}.", to = $"blocks.{l}.";
            Rename(from + "layernorm_before.", to + "norm1.");
            Rename(from + "attention.output.dense.", to + "attn.proj.");
            Rename(from + "layernorm_after.", to + "norm2.");
            Rename(from + "intermediate.dense.", to + "mlp.fc1.");
            Rename(from + "output.dense.", to + "mlp.fc2.");
            float[] Fused(string kind) => [.. new[] { "query", "key", "value" }.SelectMany(p => byName[$"{from}attention.attention.{p}.{kind}"].Values)];
            list.Add(new(to + "attn.qkv.weight", [18, 6], Fused("weight")));
            list.Add(new(to + "attn.qkv.bias", [18], Fused("bias")));
        }
        SafetensorsWriter.Write(_folder.File("model.safetensors"), list, new Dictionary<string, string>());
    }
}

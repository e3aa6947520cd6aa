using System.Text.Json;
using System.Text.Json.Nodes;
using Ohmformer.Files;
using Ohmformer.Mapping;
using Ohmformer.Models;
using Ohmformer.Models.Checkpoints;

namespace Ohmformer.Tests.Models.Checkpoints;

/// <summary>Tiny checkpoints of every family against PyTorch; reference/make_reference.py wrote them. Texts were run there with padding and a mask.</summary>
public sealed class CheckpointReferenceTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public static TheoryData<string> Models =>
    [
        "bert-classifier", "bert-span", "roberta-classifier", "distilbert-classifier", "distilbert-span",
        "gpt2-tied", "llama-halves", "llama-pairs", "deit-teacher", "deit-classifier", "deit-timm", "lvvit", "vit-mean", "kwt",
        "vit-reuse", "bert-reuse", "skip-reuse",
    ];

    public void Dispose() => _folder.Dispose();

    [Theory]
    [MemberData(nameof(Models))]
    public void Logits_are_those_of_PyTorch(string model)
    {
        double[] expected = Expected(model).GetProperty("logits").Deserialize<double[]>()!;
        float[] logits = Logits(model, new FloatProduct());
        Assert.Equal(expected.Length, logits.Length);
        for (int i = 0; i < logits.Length; i++) Assert.Equal(expected[i], logits[i], 1e-5);
    }

    [Theory]
    [MemberData(nameof(Models))]
    public void Ideal_arrays_give_the_logits_of_integers(string model)
    {
        float[] digital = Logits(model, new IntegerProduct());
        Assert.Equal(digital, Logits(model, new AnalogProduct(Specs.Design(Specs.Macro()), seed: 1)));
        double[] expected = Expected(model).GetProperty("logits").Deserialize<double[]>()!;
        Assert.InRange(expected.Zip(digital, (a, b) => Math.Abs(a - b)).Max(), 1e-9, 0.05 * expected.Max(Math.Abs));
    }

    [Fact]
    public void Labels_come_from_the_configuration()
    {
        Assert.Equal(["label 0", "label 1", "label 2"], Checkpoint.Load(Folder("bert-classifier")).Labels);
        Assert.Equal(["start", "end"], Checkpoint.Load(Folder("bert-span")).Labels);
        Assert.Empty(Checkpoint.Load(Folder("gpt2-tied")).Labels);
    }

    [Fact]
    public void RoBERTa_leaves_out_the_positions_of_padding() => Assert.Equal(10, Checkpoint.Load(Folder("roberta-classifier")).Spec.Tokens);

    [Theory]
    [InlineData("bert-classifier", "hidden_act", "\"mish\"", "hidden_act is \"mish\"; it must be one of gelu, gelu_new")]
    [InlineData("bert-classifier", "position_embedding_type", "\"relative_key\"", "position_embedding_type is \"relative_key\"; it must be one of absolute")]
    [InlineData("bert-classifier", "vocab_size", "14", "bert.embeddings.word_embeddings.weight [13, 8], expected [14, 8]")]
    [InlineData("bert-classifier", "type_vocab_size", "0", "type_vocab_size is 0; it must be a whole number from 1")]
    [InlineData("bert-classifier", "num_hidden_layers", "3", "16 tensors are missing: bert.encoder.layer.2.attention.self.query.weight")]
    [InlineData("bert-classifier", "num_attention_heads", "3", "hidden size 8 is not a multiple of the 3 attention heads")]
    [InlineData("bert-classifier", "model_type", "\"distilbert\"", "tensors are missing: distilbert.embeddings.position_embeddings.weight")]
    [InlineData("roberta-classifier", "model_type", "\"bert\"", "has neither classifier.weight nor qa_outputs.weight")]
    [InlineData("roberta-classifier", "max_position_embeddings", "2", "max_position_embeddings is 2; it must be a whole number from 3")]
    [InlineData("distilbert-span", "dim", "0", "dim is 0; it must be a whole number")]
    [InlineData("gpt2-tied", "activation_function", "\"quick_gelu\"", "activation_function is \"quick_gelu\"; it must be one of gelu, gelu_new")]
    [InlineData("gpt2-tied", "scale_attn_weights", "false", "scale_attn_weights is false; it must be one of true")]
    [InlineData("gpt2-tied", "n_inner", "13", "h.0.mlp.c_fc.weight [8, 12], expected [8, 13]")]
    [InlineData("gpt2-tied", "n_embd", "16", "wte.weight [13, 8], expected [13, 16]")]
    [InlineData("llama-halves", "num_key_value_heads", "3", "the 4 attention heads are not a multiple of the 3 heads of keys and values")]
    [InlineData("llama-halves", "head_dim", "5", "heads have an odd width of 5; rotary positions need an even one")]
    [InlineData("llama-halves", "rope_scaling", """{"rope_type": "llama3", "factor": 8.0}""", "rope_scaling: rope_type is \"llama3\"; it must be one of default")]
    [InlineData("llama-halves", "rope_theta", "-1", "rope_theta is -1; it must be one of the positive numbers")]
    [InlineData("llama-halves", "attention_bias", "\"no\"", "attention_bias is \"no\"; it must be true or false")]
    [InlineData("deit-teacher", "image_size", "9", "deit.embeddings.position_embeddings [1, 6, 8], expected [1, 11, 8]")]
    [InlineData("deit-teacher", "model_type", "\"vit\"", "tensors are missing: vit.embeddings.patch_embeddings.projection.weight")]
    [InlineData("llama-halves", "num_hidden_layers", "3", "16 tensors are missing: model.layers.2.input_layernorm.weight")]
    [InlineData("gpt2-tied", "n_layer", "3", "12 tensors are missing: h.2.attn.c_attn.weight")]
    [InlineData("kwt", "layers", "3", "13 tensors are missing: block2.ln1.gamma")]
    [InlineData("kwt", "layers", "null", "layers is missing")]
    [InlineData("kwt", "act", "\"relu\"", "act is \"relu\"; it must be one of gelu, gelu-tanh")]
    [InlineData("kwt", "norm", "\"pre-LN eps 1e-6\"", "norm is \"pre-LN eps 1e-6\"; it must be one of \"post-LN eps \" followed by a number")]
    [InlineData("kwt", "tokens", "1", "tokens is 1; it must be a whole number from 2")]
    [InlineData("kwt", "labels", "[1]", "labels is [1]; it must be a list of texts")]
    [InlineData("kwt", "labels", """["yes"]""", "head.weight [3, 8], expected [1, 8]")]
    [InlineData("vit-mean", "model_args", """{"num_heads": 3}""", "hidden size 8 is not a multiple of the 3 attention heads")]
    [InlineData("lvvit", "model_args", """{"num_heads": 2}""", "write {\"model_args\": {\"skip_lam\": ...}} into config.json: 1 for LV-ViT-T, 2 for S and M")]
    [InlineData("vit-reuse", "attention_reuse", """{"encoders": [0, 2]}""", "attention_reuse: encoders is [0,2]; it must be a list of encoders that can reuse: encoder 0 cannot reuse attention")]
    [InlineData("vit-reuse", "attention_reuse", """{"encoders": [1, 4]}""", "encoder 4 cannot reuse attention: the network has 4 encoders. Choose encoders from 1 to 3.")]
    [InlineData("vit-reuse", "attention_reuse", """{"encoders": [1, 1]}""", "names an encoder twice: 1, 1")]
    [InlineData("vit-reuse", "attention_reuse", """{"encoders": [1.5]}""", "encoders is [1.5]; it must be a list of encoders, such as [3, 5]")]
    [InlineData("vit-reuse", "attention_reuse", """{"encoders": []}""", "encoders is []; it must be a list of encoders, such as [3, 5]")]
    [InlineData("vit-reuse", "attention_reuse", """{"encoders": [1, 3], "stand_in": "scores"}""", "stand_in is \"scores\"; it must be one of transformation, identity, nothing")]
    [InlineData("vit-reuse", "attention_reuse", """{"encoders": [1, 2]}""", "12 tensors are missing: vit.encoder.layer.2.attention_reuse.norm.weight; ")]
    [InlineData("vit-reuse", "attention_reuse", "null", "16 tensors are missing: vit.encoder.layer.1.layernorm_before.weight; ")]
    [InlineData("lvvit", "model_args", """{"num_heads": 2, "skip_lam": -1}""", "skip_lam is -1; it must be one of the positive numbers")]
    [InlineData("lvvit", "label_names", """["yes"]""", "label_names is [\"yes\"]; it must be a list of 3 names, one for each class")]
    public void A_configuration_that_does_not_fit_is_refused(string model, string key, string value, string message)
    {
        foreach (string file in Directory.GetFiles(Folder(model))) File.Copy(file, _folder.File(Path.GetFileName(file)));
        var config = JsonNode.Parse(File.ReadAllText(_folder.File("config.json")))!;
        config[key] = JsonNode.Parse(value);
        _folder.Write("config.json", config.ToJsonString());
        string found = Assert.Throws<InputException>(() => Checkpoint.Load(_folder.Path)).Message;
        Assert.Contains(message, found, StringComparison.Ordinal);
        Assert.Contains(_folder.Path, found, StringComparison.Ordinal);
    }

    [Fact]
    public void The_reuse_of_attention_comes_from_the_configuration()
    {
        Assert.Null(Checkpoint.Load(Folder("bert-classifier")).Spec.Reuse);
        Assert.Equal(new AttentionReuse([1, 2], chained: true), Checkpoint.Load(Folder("bert-reuse")).Spec.Reuse);
    }

    [Fact]
    public void Only_vision_transformers_with_a_class_token_are_saved() =>
        Assert.Throws<NotSupportedException>(() => Checkpoint.Load(Folder("vit-mean")).Save(_folder.Path));

    [Fact]
    public void A_DeiT_with_timms_names_is_saved_with_those_of_Hugging_Face()
    {
        var model = Checkpoint.Load(Folder("deit-timm"));
        model.Save(_folder.Path);
        var loaded = Checkpoint.Load(_folder.Path);
        Assert.Equal(model.Spec, loaded.Spec with { Name = model.Spec.Name });
        Assert.Equal(JsonSerializer.Serialize(model.Weights), JsonSerializer.Serialize(loaded.Weights));
    }

    private static string Folder(string model) => Path.Combine(SharedData.Project, "tests/Ohmformer.Tests/Models/reference", model);

    private static JsonElement Expected(string model) => JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder(model), "expected.json"))).RootElement;

    private static float[] Logits(string model, IMatrixProduct products)
    {
        var checkpoint = Checkpoint.Load(Folder(model));
        var expected = Expected(model);
        var run = new TransformerRun(checkpoint.Spec, checkpoint.Weights, products);
        if (checkpoint.Spec.Input is TokenInput)
        {
            int[] ids = expected.GetProperty("ids").Deserialize<int[]>()!;
            var logits = new float[checkpoint.Spec.Logits(ids.Length)];
            run.Forward(0, ids, expected.GetProperty("segments").Deserialize<int[]>(), new(checkpoint.Spec), logits);
            return logits;
        }
        var ofImage = new float[checkpoint.Spec.Classes];
        run.Forward(0, expected.GetProperty("values").Deserialize<float[]>(), new(checkpoint.Spec), ofImage);
        return ofImage;
    }
}

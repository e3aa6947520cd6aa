"""Tiny random models of every family with the logits that PyTorch gives, for CheckpointReferenceTests.

Weights are rounded to float32 and written under the names of Hugging Face, timm or tlt; logits are computed in float64 by modules of
PyTorch (TransformerEncoderLayer wherever it fits). Run with python3 and PyTorch 1.13: python3 make_reference.py
"""
import json
import math
import os
import struct

import torch
from torch import nn
from torch.nn import functional as F

D, HEADS, MLP, LAYERS, VOCABULARY, POSITIONS, CLASSES = 8, 2, 12, 2, 13, 10, 3
torch.manual_seed(1)
torch.set_default_dtype(torch.float64)


def draw(*shape):
    return (0.4 * torch.randn(*shape)).float().double()


class Weights(dict):
    """Tensors by name; those that do not exist are drawn."""

    def take(self, name, *shape):
        return self.setdefault(name, draw(*shape))

    def linear(self, name, inputs, outputs, bias=True):
        layer = nn.Linear(inputs, outputs, bias=bias)
        layer.weight.data = self.take(name + ".weight", outputs, inputs)
        if bias:
            layer.bias.data = self.take(name + ".bias", outputs)
        return layer

    def conv1d(self, name, inputs, outputs):
        layer = nn.Linear(inputs, outputs)
        layer.weight.data = self.take(name + ".weight", inputs, outputs).T
        layer.bias.data = self.take(name + ".bias", outputs)
        return layer

    def norm(self, name, eps):
        layer = nn.LayerNorm(D, eps=eps)
        layer.weight.data, layer.bias.data = self.take(name + ".weight", D), self.take(name + ".bias", D)
        return layer

    def embedding(self, name, rows):
        return nn.Embedding.from_pretrained(self.take(name + ".weight", rows, D))


def save(folder, weights, config, inputs, logits):
    os.makedirs(folder, exist_ok=True)
    header, at = {}, 0
    for name, tensor in weights.items():
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [at, at + 4 * tensor.numel()]}
        at += 4 * tensor.numel()
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(f"{folder}/model.safetensors", "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for tensor in weights.values():
            file.write(struct.pack(f"<{tensor.numel()}f", *tensor.contiguous().flatten().tolist()))
    with open(f"{folder}/config.json", "w") as file:
        json.dump(config, file, indent=1)
    with open(f"{folder}/expected.json", "w") as file:
        json.dump({**inputs, "logits": [float(f"{v:.9g}") for v in logits.flatten().tolist()]}, file)


def encoder(weights, names, eps, norm_first, activation="gelu"):
    """PyTorch's own encoder layer with weights under the given names: q, k, v, projection, norm 1, MLP in, MLP out, norm 2."""
    q, k, v = (weights.linear(n, D, D) for n in names[:3])
    return assemble(q, k, v, weights.linear(names[3], D, D), weights.norm(names[4], eps), weights.linear(names[5], D, MLP),
                    weights.linear(names[6], MLP, D), weights.norm(names[7], eps), norm_first, activation)


def assemble(q, k, v, projection, norm1, mlp_in, mlp_out, norm2, norm_first, activation="gelu"):
    layer = nn.TransformerEncoderLayer(D, HEADS, MLP, dropout=0, activation=activation, batch_first=True, norm_first=norm_first)
    layer.self_attn.in_proj_weight.data = torch.cat([q.weight, k.weight, v.weight])
    layer.self_attn.in_proj_bias.data = torch.cat([p.bias if p.bias is not None else torch.zeros(D) for p in (q, k, v)])
    layer.self_attn.out_proj = nn.modules.linear.NonDynamicallyQuantizableLinear(D, D)
    layer.self_attn.out_proj.weight, layer.self_attn.out_proj.bias = projection.weight, projection.bias
    layer.norm1, layer.linear1, layer.linear2, layer.norm2 = norm1, mlp_in, mlp_out, norm2
    return layer.train()


def thirds(fused):
    """Query, key and value of a fused layer."""
    parts = [nn.Linear(D, D) for _ in range(3)]
    for i, part in enumerate(parts):
        part.weight.data, part.bias.data = fused.weight.data[i * D:(i + 1) * D], fused.bias.data[i * D:(i + 1) * D]
    return parts


def timm_block(w, p):
    return assemble(*thirds(w.linear(p + "attn.qkv", D, 3 * D)), w.linear(p + "attn.proj", D, D), w.norm(p + "norm1", 1e-6),
                    w.linear(p + "mlp.fc1", D, MLP), w.linear(p + "mlp.fc2", MLP, D), w.norm(p + "norm2", 1e-6), norm_first=True)


def gelu_tanh(v):
    return 0.5 * v * (1 + torch.tanh(math.sqrt(2 / math.pi) * (v + 0.044715 * v ** 3)))


IDS = torch.tensor([[1, 7, 12, 3, 3, 9, 0]])
SEGMENTS = torch.tensor([[0, 0, 0, 1, 1, 1, 1]])


def bert(folder, kind, span):
    """Runs with two tokens of padding and a mask; the library leaves padding out."""
    distil, roberta = kind == "distilbert", kind == "roberta"
    eps, first = (1e-5, 2) if roberta else (1e-12, 0)
    w = Weights()
    words, places = w.embedding(f"{kind}.embeddings.word_embeddings", VOCABULARY), w.embedding(f"{kind}.embeddings.position_embeddings", POSITIONS + first)
    padded, mask = F.pad(IDS, (0, 2)), torch.tensor([[False] * 7 + [True] * 2])
    x = words(padded) + places(torch.arange(9) + first)
    types = 0 if distil else 1 if roberta else 2
    if types:
        segments = F.pad(SEGMENTS if types == 2 else 0 * SEGMENTS, (0, 2))
        x = x + w.embedding(f"{kind}.embeddings.token_type_embeddings", types)(segments)
    x = w.norm(f"{kind}.embeddings.LayerNorm", eps)(x)
    for i in range(LAYERS):
        p = f"{kind}.transformer.layer.{i}." if distil else f"{kind}.encoder.layer.{i}."
        names = ["attention.q_lin", "attention.k_lin", "attention.v_lin", "attention.out_lin", "sa_layer_norm", "ffn.lin1", "ffn.lin2", "output_layer_norm"] if distil else [
            "attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense", "attention.output.LayerNorm",
            "intermediate.dense", "output.dense", "output.LayerNorm"]
        x = encoder(w, [p + n for n in names], eps, norm_first=False)(x, src_key_padding_mask=mask)
    x = x[:, :7]
    if span:
        logits = w.linear("qa_outputs", D, 2)(x)
    elif distil:
        logits = w.linear("classifier", D, CLASSES)(torch.relu(w.linear("pre_classifier", D, D)(x[:, 0])))
    elif roberta:
        logits = w.linear("classifier.out_proj", D, CLASSES)(torch.tanh(w.linear("classifier.dense", D, D)(x[:, 0])))
    else:
        logits = w.linear("classifier", D, CLASSES)(torch.tanh(w.linear("bert.pooler.dense", D, D)(x[:, 0])))
    config = {"model_type": kind, "vocab_size": VOCABULARY, "max_position_embeddings": POSITIONS + first}
    if distil:
        config.update(dim=D, n_layers=LAYERS, n_heads=HEADS, hidden_dim=MLP, activation="gelu")
    else:
        config.update(hidden_size=D, num_hidden_layers=LAYERS, num_attention_heads=HEADS, intermediate_size=MLP, hidden_act="gelu",
                      layer_norm_eps=eps, type_vocab_size=types, position_embedding_type="absolute")
    if roberta:
        config["pad_token_id"] = 1
    if not span:
        config["id2label"] = {str(i): f"label {i}" for i in range(CLASSES)}
    save(folder, w, config, {"ids": IDS[0].tolist(), "segments": SEGMENTS[0].tolist() if types == 2 else []}, logits)


def gpt2(folder):
    w = Weights()
    words, places = w.embedding("wte", VOCABULARY), w.embedding("wpe", POSITIONS)
    x = words(IDS) + places(torch.arange(7))
    causal = torch.triu(torch.ones(7, 7, dtype=torch.bool), 1)
    for i in range(LAYERS):
        p = f"h.{i}."
        layer = assemble(*thirds(w.conv1d(p + "attn.c_attn", D, 3 * D)), w.conv1d(p + "attn.c_proj", D, D), w.norm(p + "ln_1", 1e-5), w.conv1d(p + "mlp.c_fc", D, MLP),
                         w.conv1d(p + "mlp.c_proj", MLP, D), w.norm(p + "ln_2", 1e-5), norm_first=True,
                         activation=gelu_tanh)
        x = layer(x, src_mask=causal)
    x = w.norm("ln_f", 1e-5)(x)
    config = {"model_type": "gpt2", "n_embd": D, "n_layer": LAYERS, "n_head": HEADS, "n_inner": MLP, "n_positions": POSITIONS, "vocab_size": VOCABULARY}
    save(folder, w, config, {"ids": IDS[0].tolist(), "segments": []}, F.linear(x, words.weight))


def llama(folder, pairs):
    """Grouped queries (4 heads on 2), heads wider than the width allows, all biases, a separate head; rotation by complex numbers."""
    w = Weights()
    heads, shared, size, base = 4, 2, 6, 100.0
    x = w.embedding("model.embed_tokens", VOCABULARY)(IDS)[0]

    def rms(name, v):
        return v / torch.sqrt((v ** 2).mean(-1, keepdim=True) + 1e-5) * w.take(name + ".weight", D)

    def rotate(v):
        turn = torch.polar(torch.ones(7, size // 2), torch.outer(torch.arange(7.0), base ** (-torch.arange(0, size, 2) / size)))[:, None]
        a, b = (v[..., 0::2], v[..., 1::2]) if pairs else (v[..., :size // 2], v[..., size // 2:])
        v = torch.complex(a, b) * turn
        return torch.stack([v.real, v.imag], -1).flatten(-2) if pairs else torch.cat([v.real, v.imag], -1)

    for i in range(LAYERS):
        p = f"model.layers.{i}."
        y = rms(p + "input_layernorm", x)
        q = rotate(w.linear(p + "self_attn.q_proj", D, heads * size)(y).view(7, heads, size))
        k = rotate(w.linear(p + "self_attn.k_proj", D, shared * size)(y).view(7, shared, size)).repeat_interleave(heads // shared, 1)
        v = w.linear(p + "self_attn.v_proj", D, shared * size)(y).view(7, shared, size).repeat_interleave(heads // shared, 1)
        scores = torch.einsum("thd,shd->hts", q, k) / math.sqrt(size) + torch.triu(torch.full((7, 7), -math.inf), 1)
        x = x + w.linear(p + "self_attn.o_proj", heads * size, D)(torch.einsum("hts,shd->thd", scores.softmax(-1), v).flatten(1))
        y = rms(p + "post_attention_layernorm", x)
        inner = F.silu(w.linear(p + "mlp.gate_proj", D, MLP)(y)) * w.linear(p + "mlp.up_proj", D, MLP)(y)
        x = x + w.linear(p + "mlp.down_proj", MLP, D)(inner)
    logits = w.linear("lm_head", D, VOCABULARY, bias=False)(rms("model.norm", x))
    config = {"model_type": "llama", "hidden_size": D, "num_hidden_layers": LAYERS, "num_attention_heads": heads, "num_key_value_heads": shared, "head_dim": size,
              "intermediate_size": MLP, "hidden_act": "silu", "rms_norm_eps": 1e-5, "rope_theta": base, "rope_interleave": pairs, "attention_bias": True,
              "mlp_bias": True, "vocab_size": VOCABULARY, "max_position_embeddings": POSITIONS, "tie_word_embeddings": False}
    save(folder, w, config, {"ids": IDS[0].tolist(), "segments": []}, logits)


def deit(folder, timm, heads):
    """DeiT on 6 x 6 pixels, patches of 3, with a distillation token; one head, or two that are averaged."""
    w = Weights()
    prefix = "" if timm else "deit.embeddings."
    pixels = draw(1, 2, 6, 6)
    patch = prefix + ("patch_embed.proj" if timm else "patch_embeddings.projection")
    x = F.conv2d(pixels, w.take(patch + ".weight", D, 2, 3, 3), w.take(patch + ".bias", D), stride=3).flatten(2).transpose(1, 2)
    tokens = [w.take(prefix + n, 1, 1, D) for n in ("cls_token", "dist_token" if timm else "distillation_token")]
    x = torch.cat([*tokens, x], 1) + w.take(prefix + ("pos_embed" if timm else "position_embeddings"), 1, 6, D)
    for i in range(LAYERS):
        if timm:
            p = f"blocks.{i}."
            layer = timm_block(w, p)
        else:
            p = f"deit.encoder.layer.{i}."
            names = ["attention.attention.query", "attention.attention.key", "attention.attention.value", "attention.output.dense", "layernorm_before",
                     "intermediate.dense", "output.dense", "layernorm_after"]
            layer = encoder(w, [p + n for n in names], 1e-12, norm_first=True)
        x = layer(x)
    x = w.norm("norm" if timm else "deit.layernorm", 1e-6 if timm else 1e-12)(x)
    logits = sum(w.linear(head, D, CLASSES)(x[:, i]) for i, head in enumerate(heads)) / len(heads)
    config = {"architecture": "deit_test", "model_args": {"num_heads": HEADS}} if timm else {
        "model_type": "deit", "hidden_size": D, "num_hidden_layers": LAYERS, "num_attention_heads": HEADS, "intermediate_size": MLP,
        "image_size": 6, "patch_size": 3, "num_channels": 2, "layer_norm_eps": 1e-12}
    save(folder, w, config, {"values": pixels.flatten().tolist()}, logits)


def lvvit(folder):
    """LV-ViT on 8 x 8 pixels, patches of 4: a stem with batch normalization, residuals divided by 2, the largest patch logit at the end."""
    w = Weights()
    channels, skip = 4, 2.0
    pixels = draw(1, 3, 8, 8)
    x = pixels
    for i, (inputs, kernel, stride) in enumerate([(3, 7, 2), (channels, 3, 1), (channels, 3, 1)], 1):
        x = F.conv2d(x, w.take(f"patch_embed.conv{i}.weight", channels, inputs, kernel, kernel), stride=stride, padding=kernel // 2)
        norm = nn.BatchNorm2d(channels).eval()
        norm.weight.data, norm.bias.data = w.take(f"patch_embed.bn{i}.weight", channels), w.take(f"patch_embed.bn{i}.bias", channels)
        norm.running_mean.data = w.take(f"patch_embed.bn{i}.running_mean", channels)
        norm.running_var.data = w.setdefault(f"patch_embed.bn{i}.running_var", draw(channels).abs() + 0.125)
        x = torch.relu(norm(x))
    x = F.conv2d(x, w.take("patch_embed.proj.weight", D, channels, 2, 2), w.take("patch_embed.proj.bias", D), stride=2).flatten(2).transpose(1, 2)
    x = torch.cat([w.take("cls_token", 1, 1, D), x], 1) + w.take("pos_embed", 1, 5, D)
    for i in range(LAYERS):
        p = f"blocks.{i}."
        attention = nn.MultiheadAttention(D, HEADS, batch_first=True)
        attention.in_proj_weight.data, attention.in_proj_bias.data = w.take(p + "attn.qkv.weight", 3 * D, D), torch.zeros(3 * D)
        projection = w.linear(p + "attn.proj", D, D)
        attention.out_proj.weight, attention.out_proj.bias = projection.weight, projection.bias
        y = w.norm(p + "norm1", 1e-5)(x)
        x = x + attention(y, y, y)[0] / skip
        x = x + w.linear(p + "mlp.fc2", MLP, D)(F.gelu(w.linear(p + "mlp.fc1", D, MLP)(w.norm(p + "norm2", 1e-5)(x)))) / skip
    x = w.norm("norm", 1e-5)(x)
    logits = w.linear("head", D, CLASSES)(x[:, 0]) + 0.5 * w.linear("aux_head", D, CLASSES)(x[:, 1:]).max(1)[0]
    config = {"architecture": "lvvit_test", "model_args": {"num_heads": HEADS, "skip_lam": skip}}
    save(folder, w, config, {"values": pixels.flatten().tolist()}, logits)


def mean(folder):
    """A ViT of timm with global_pool = "avg": the mean of the patches, then fc_norm."""
    w = Weights()
    pixels = draw(1, 2, 6, 6)
    x = F.conv2d(pixels, w.take("patch_embed.proj.weight", D, 2, 3, 3), w.take("patch_embed.proj.bias", D), stride=3).flatten(2).transpose(1, 2)
    x = torch.cat([w.take("cls_token", 1, 1, D), x], 1) + w.take("pos_embed", 1, 5, D)
    for i in range(LAYERS):
        x = timm_block(w, f"blocks.{i}.")(x)
    logits = w.linear("head", D, CLASSES)(w.norm("fc_norm", 1e-6)(x[:, 1:].mean(1)))
    save(folder, w, {"architecture": "vit_test", "model_args": {"num_heads": HEADS}}, {"values": pixels.flatten().tolist()}, logits)


def kwt(folder):
    """Keyword Transformer, post-LN, on 4 frames of 5 features."""
    w = Weights()
    features = draw(1, 4, 5)
    x = torch.cat([w.take("cls", D)[None, None], w.linear("embed", 5, D)(features)], 1) + w.take("pos", 5, D)
    for i in range(LAYERS):
        p = f"block{i}."
        norms = [nn.LayerNorm(D, eps=1e-6) for _ in range(2)]
        for number, norm in enumerate(norms, 1):
            norm.weight.data, norm.bias.data = w.take(f"{p}ln{number}.gamma", D), w.take(f"{p}ln{number}.beta", D)
        q, k, v = (w.linear(p + n, D, D, bias=False) for n in "qkv")
        x = assemble(q, k, v, w.linear(p + "o", D, D), norms[0], w.linear(p + "fc1", D, MLP), w.linear(p + "fc2", MLP, D), norms[1],
                     norm_first=False, activation=gelu_tanh)(x)
    config = {"model_type": "kwt", "layers": LAYERS, "heads": HEADS, "dim": D, "mlp": MLP, "tokens": 5, "act": "gelu-tanh", "norm": "post-LN eps 1e-6",
              "qkv_bias": False, "labels": ["yes", "no", "unknown"]}
    save(folder, w, config, {"values": features.flatten().tolist()}, w.linear("head", D, CLASSES)(x[:, 0]))


def reuse(w, x, names, eps, encoders, chained=False, post=False, skip=1.0):
    """Four encoders of which some transform the heads' output of an earlier one (TReX, arXiv:2408.12742); `names` gives prefix, q, k, v or
    fused qkv, projection, norm 1, MLP in, MLP out, norm 2."""
    last = attended = None
    for i in range(4):
        prefix, attention, projection, norm1, mlp_in, mlp_out, norm2 = names(i)
        if i in encoders:
            block = prefix + ".attention_reuse."
            last = F.gelu(w.linear(block + "linear", D, D)(w.norm(block + "norm", eps)(last if chained else attended)))
            norm1 = w.norm(norm1, eps) if post else None
        else:
            norm1 = w.norm(norm1, eps)
            heads = nn.MultiheadAttention(D, HEADS, batch_first=True)
            parts = [w.linear(n, D, D) for n in attention] if len(attention) == 3 else thirds(w.linear(attention[0], D, 3 * D))
            heads.in_proj_weight.data, heads.in_proj_bias.data = torch.cat([p.weight for p in parts]), torch.cat([p.bias for p in parts])
            heads.out_proj.weight.data, heads.out_proj.bias.data = torch.eye(D), torch.zeros(D)
            y = x if post else norm1(x)
            last = attended = heads(y, y, y)[0]
        x = x + w.linear(projection, D, D)(last) / skip
        norm2 = w.norm(norm2, eps)
        if post:
            x = norm1(x)
            x = norm2(x + w.linear(mlp_out, MLP, D)(F.gelu(w.linear(mlp_in, D, MLP)(x))))
        else:
            x = x + w.linear(mlp_out, MLP, D)(F.gelu(w.linear(mlp_in, D, MLP)(norm2(x)))) / skip
    return x


def vit_reuse(folder):
    w = Weights()
    pixels = draw(1, 2, 6, 6)
    prefix = "vit.embeddings.patch_embeddings.projection"
    x = F.conv2d(pixels, w.take(prefix + ".weight", D, 2, 3, 3), w.take(prefix + ".bias", D), stride=3).flatten(2).transpose(1, 2)
    x = torch.cat([w.take("vit.embeddings.cls_token", 1, 1, D), x], 1) + w.take("vit.embeddings.position_embeddings", 1, 5, D)

    def names(i):
        p = f"vit.encoder.layer.{i}"
        return (p, [f"{p}.attention.attention.{n}" for n in ("query", "key", "value")], p + ".attention.output.dense", p + ".layernorm_before",
                p + ".intermediate.dense", p + ".output.dense", p + ".layernorm_after")

    x = reuse(w, x, names, 1e-12, [1, 3])
    logits = w.linear("classifier", D, CLASSES)(w.norm("vit.layernorm", 1e-12)(x)[:, 0])
    config = {"model_type": "vit", "hidden_size": D, "num_hidden_layers": 4, "num_attention_heads": HEADS, "intermediate_size": MLP, "image_size": 6,
              "patch_size": 3, "num_channels": 2, "attention_reuse": {"encoders": [1, 3], "stand_in": "transformation", "chained": False}}
    save(folder, w, config, {"values": pixels.flatten().tolist()}, logits)


def bert_reuse(folder):
    """Post-LN; encoder 2 transforms what encoder 1 transformed of encoder 0."""
    w = Weights()
    x = w.embedding("bert.embeddings.word_embeddings", VOCABULARY)(IDS) + w.embedding("bert.embeddings.position_embeddings", POSITIONS)(torch.arange(7))
    x = w.norm("bert.embeddings.LayerNorm", 1e-12)(x + w.embedding("bert.embeddings.token_type_embeddings", 2)(SEGMENTS))

    def names(i):
        p = f"bert.encoder.layer.{i}"
        return (p, [f"{p}.attention.self.{n}" for n in ("query", "key", "value")], p + ".attention.output.dense", p + ".attention.output.LayerNorm",
                p + ".intermediate.dense", p + ".output.dense", p + ".output.LayerNorm")

    x = reuse(w, x, names, 1e-12, [1, 2], chained=True, post=True)
    logits = w.linear("classifier", D, CLASSES)(torch.tanh(w.linear("bert.pooler.dense", D, D)(x[:, 0])))
    config = {"model_type": "bert", "vocab_size": VOCABULARY, "max_position_embeddings": POSITIONS, "hidden_size": D, "num_hidden_layers": 4,
              "num_attention_heads": HEADS, "intermediate_size": MLP, "hidden_act": "gelu", "type_vocab_size": 2,
              "id2label": {str(i): f"label {i}" for i in range(CLASSES)}, "attention_reuse": {"encoders": [1, 2], "chained": True}}
    save(folder, w, config, {"ids": IDS[0].tolist(), "segments": SEGMENTS[0].tolist()}, logits)


def skip_reuse(folder):
    """Names of timm with branches divided by 2, as LV-ViT has them."""
    w = Weights()
    pixels = draw(1, 2, 6, 6)
    x = F.conv2d(pixels, w.take("patch_embed.proj.weight", D, 2, 3, 3), w.take("patch_embed.proj.bias", D), stride=3).flatten(2).transpose(1, 2)
    x = torch.cat([w.take("cls_token", 1, 1, D), x], 1) + w.take("pos_embed", 1, 5, D)

    def names(i):
        p = f"blocks.{i}"
        return p, [p + ".attn.qkv"], p + ".attn.proj", p + ".norm1", p + ".mlp.fc1", p + ".mlp.fc2", p + ".norm2"

    x = reuse(w, x, names, 1e-6, [2, 3], skip=2.0)
    logits = w.linear("head", D, CLASSES)(w.norm("norm", 1e-6)(x)[:, 0])
    config = {"architecture": "skip_test", "model_args": {"num_heads": HEADS, "skip_lam": 2.0}, "attention_reuse": {"encoders": [2, 3]}}
    save(folder, w, config, {"values": pixels.flatten().tolist()}, logits)


os.chdir(os.path.dirname(os.path.abspath(__file__)))
for family in ("bert", "distilbert"):
    bert(family + "-span", family, span=True)
for family in ("bert", "roberta", "distilbert"):
    bert(family + "-classifier", family, span=False)
gpt2("gpt2-tied")
llama("llama-halves", pairs=False)
llama("llama-pairs", pairs=True)
deit("deit-teacher", timm=False, heads=["cls_classifier", "distillation_classifier"])
deit("deit-classifier", timm=False, heads=["classifier"])
deit("deit-timm", timm=True, heads=["head", "head_dist"])
lvvit("lvvit")
mean("vit-mean")
kwt("kwt")
vit_reuse("vit-reuse")
bert_reuse("bert-reuse")
skip_reuse("skip-reuse")

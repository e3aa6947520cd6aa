"""Gradients of tiny checkpoints by PyTorch's autograd in float64, for FamilyGradientTests.

Reads ../../Models/reference/MODEL and writes gradients/MODEL: the gradient of every tensor under the tensor's own name, and in
expected.json the inputs, two sequences of different lengths, and the mean cross-entropy of the scored rows. What the reader of a checkpoint folds
(batch normalizations and skip_lam of LV-ViT) has the gradient of the folded weights.
Made with torch 1.13 (Debian python3-torch): python3 make_gradients.py
"""
import json
import math
import os
import shutil
import struct

import torch
from torch.nn import functional as F

torch.manual_seed(3)
torch.set_default_dtype(torch.float64)
D, LAYERS = 8, 2


def load(model):
    with open(f"../../Models/reference/{model}/model.safetensors", "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        data = file.read()
    return {n: torch.frombuffer(bytearray(data[t["data_offsets"][0]:t["data_offsets"][1]]), dtype=torch.float32).double().reshape(t["shape"]).requires_grad_()
            for n, t in header.items()}


def save(model, w, inputs, logits, labels):
    loss = F.cross_entropy(torch.cat(logits), torch.tensor(labels), ignore_index=-1)
    loss.backward()
    os.makedirs(f"gradients/{model}", exist_ok=True)
    shutil.copy(f"../../Models/reference/{model}/config.json", f"gradients/{model}/config.json")
    write(model, {n: t.grad for n, t in w.items()}, inputs, labels, loss)


def write(model, w, inputs, labels, loss):
    header, at = {}, 0
    for name, tensor in w.items():
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [at, at + 4 * tensor.numel()]}
        at += 4 * tensor.numel()
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(f"gradients/{model}/model.safetensors", "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for tensor in w.values():
            file.write(struct.pack(f"<{tensor.numel()}f", *tensor.flatten().tolist()))
    with open(f"gradients/{model}/expected.json", "w") as file:
        json.dump({**inputs, "labels": labels, "loss": loss.item()}, file)
        file.write("\n")


def attend(q, k, v, heads, shared=None, causal=False, turn=lambda x: x):
    tokens, size = len(q), q.shape[1] // heads
    shared = shared or heads
    q, k, v = turn(q.view(tokens, heads, size)), turn(k.view(tokens, shared, size)), v.view(tokens, shared, size)
    k, v = (x.repeat_interleave(heads // shared, 1) for x in (k, v))
    scores = torch.einsum("thd,shd->hts", q, k) / math.sqrt(size)
    if causal:
        scores = scores + torch.triu(torch.full((tokens, tokens), -math.inf), 1)
    return torch.einsum("hts,shd->thd", scores.softmax(-1), v).flatten(1)


def gelu_tanh(v):
    return 0.5 * v * (1 + torch.tanh(math.sqrt(2 / math.pi) * (v + 0.044715 * v ** 3)))


def bert():
    w = load("bert-classifier")

    def linear(name, x):
        return F.linear(x, w[name + ".weight"], w[name + ".bias"])

    def norm(name, x):
        return F.layer_norm(x, (D,), w[name + ".weight"], w[name + ".bias"], 1e-12)

    def logits(ids, segments):
        e = "bert.embeddings."
        x = w[e + "word_embeddings.weight"][ids] + w[e + "position_embeddings.weight"][:len(ids)] + w[e + "token_type_embeddings.weight"][segments]
        x = norm(e + "LayerNorm", x)
        for i in range(LAYERS):
            p = f"bert.encoder.layer.{i}."
            a = attend(*(linear(p + f"attention.self.{n}", x) for n in ("query", "key", "value")), heads=2)
            x = norm(p + "attention.output.LayerNorm", x + linear(p + "attention.output.dense", a))
            x = norm(p + "output.LayerNorm", x + linear(p + "output.dense", F.gelu(linear(p + "intermediate.dense", x))))
        return linear("classifier", torch.tanh(linear("bert.pooler.dense", x[:1])))

    texts = [([1, 7, 12, 3, 3, 9, 0], [0, 0, 0, 1, 1, 1, 1]), ([4, 12, 5], [0, 1, 1])]
    save("bert-classifier", w, {"ids": [t[0] for t in texts], "segments": [t[1] for t in texts]}, [logits(*t) for t in texts], [2, 0])


def gpt2():
    w = load("gpt2-tied")

    def conv1d(name, x):
        return x @ w[name + ".weight"] + w[name + ".bias"]

    def norm(name, x):
        return F.layer_norm(x, (D,), w[name + ".weight"], w[name + ".bias"], 1e-5)

    def logits(ids):
        x = w["wte.weight"][ids] + w["wpe.weight"][:len(ids)]
        for i in range(LAYERS):
            p = f"h.{i}."
            x = x + conv1d(p + "attn.c_proj", attend(*conv1d(p + "attn.c_attn", norm(p + "ln_1", x)).split(D, 1), heads=2, causal=True))
            x = x + conv1d(p + "mlp.c_proj", gelu_tanh(conv1d(p + "mlp.c_fc", norm(p + "ln_2", x))))
        return norm("ln_f", x) @ w["wte.weight"].T

    texts = [[1, 7, 12, 3, 3, 9, 0], [4, 12, 5]]
    save("gpt2-tied", w, {"ids": texts}, [logits(t) for t in texts], [7, 12, 3, 3, 9, 0, -1, 12, 5, -1])


def llama():
    w = load("llama-halves")
    heads, shared, size, base = 4, 2, 6, 100.0

    def linear(name, x):
        return F.linear(x, w[name + ".weight"], w.get(name + ".bias"))

    def rms(name, x):
        return x / torch.sqrt((x ** 2).mean(-1, keepdim=True) + 1e-5) * w[name + ".weight"]

    def turn(x):
        angles = torch.outer(torch.arange(float(len(x))), base ** (-torch.arange(0, size, 2) / size))
        y = torch.complex(x[..., :size // 2], x[..., size // 2:]) * torch.polar(torch.ones_like(angles), angles)[:, None]
        return torch.cat([y.real, y.imag], -1)

    def logits(ids):
        x = w["model.embed_tokens.weight"][ids]
        for i in range(LAYERS):
            p = f"model.layers.{i}."
            y = rms(p + "input_layernorm", x)
            a = attend(*(linear(p + f"self_attn.{n}_proj", y) for n in "qkv"), heads=heads, shared=shared, causal=True, turn=turn)
            x = x + linear(p + "self_attn.o_proj", a)
            y = rms(p + "post_attention_layernorm", x)
            x = x + linear(p + "mlp.down_proj", F.silu(linear(p + "mlp.gate_proj", y)) * linear(p + "mlp.up_proj", y))
        return linear("lm_head", rms("model.norm", x))

    texts = [[1, 7, 12, 3, 3, 9, 0], [4, 12, 5]]
    save("llama-halves", w, {"ids": texts}, [logits(t) for t in texts], [7, 12, 3, 3, 9, 0, -1, 12, 5, -1])


def kwt():
    w = load("kwt")

    def linear(name, x):
        return F.linear(x, w[name + ".weight"], w.get(name + ".bias"))

    def norm(name, x):
        return F.layer_norm(x, (D,), w[name + ".gamma"], w[name + ".beta"], 1e-6)

    def logits(frames):
        x = torch.cat([w["cls"][None], linear("embed", frames)]) + w["pos"]
        for i in range(LAYERS):
            p = f"block{i}."
            x = norm(p + "ln1", x + linear(p + "o", attend(*(linear(p + n, x) for n in "qkv"), heads=2)))
            x = norm(p + "ln2", x + linear(p + "fc2", gelu_tanh(linear(p + "fc1", x))))
        return linear("head", x[:1])

    features = torch.randn(2, 4, 5).float().double()
    save("kwt", w, {"values": features.flatten().tolist()}, [logits(f) for f in features], [1, 2])


def reuse(model, kind, encoders, chained):
    """Encoders that transform the heads' output of an earlier one (TReX, arXiv:2408.12742): pre-LN vit, post-LN bert."""
    w = load(model)
    vit = kind == "vit"

    def linear(name, x):
        return F.linear(x, w[name + ".weight"], w[name + ".bias"])

    def norm(name, x):
        return F.layer_norm(x, (D,), w[name + ".weight"], w[name + ".bias"], 1e-12)

    def stream(x):
        last = attended = None
        for i in range(4):
            p = f"{kind}.encoder.layer.{i}."
            self, before, after = ("attention.attention.", "layernorm_before", "layernorm_after") if vit else ("attention.self.", "attention.output.LayerNorm", "output.LayerNorm")
            if i in encoders:
                last = F.gelu(linear(p + "attention_reuse.linear", norm(p + "attention_reuse.norm", last if chained else attended)))
            else:
                y = norm(p + before, x) if vit else x
                last = attended = attend(*(linear(p + self + n, y) for n in ("query", "key", "value")), heads=2)
            x = x + linear(p + "attention.output.dense", last)
            x = x if vit else norm(p + before, x)
            x = x + linear(p + "output.dense", F.gelu(linear(p + "intermediate.dense", norm(p + after, x) if vit else x)))
            x = x if vit else norm(p + after, x)
        return x

    if vit:
        pixels = torch.randn(2, 2, 6, 6).float().double()
        e = "vit.embeddings."
        patches = F.conv2d(pixels, w[e + "patch_embeddings.projection.weight"], w[e + "patch_embeddings.projection.bias"], stride=3).flatten(2).transpose(1, 2)
        logits = [linear("classifier", norm("vit.layernorm", stream(torch.cat([w[e + "cls_token"][0], x]) + w[e + "position_embeddings"][0])[:1])) for x in patches]
        return save(model, w, {"values": pixels.flatten().tolist()}, logits, [1, 2])
    texts = [([1, 7, 12, 3, 3, 9, 0], [0, 0, 0, 1, 1, 1, 1]), ([4, 12, 5], [0, 1, 1])]
    e = "bert.embeddings."
    logits = []
    for ids, segments in texts:
        x = w[e + "word_embeddings.weight"][ids] + w[e + "position_embeddings.weight"][:len(ids)] + w[e + "token_type_embeddings.weight"][segments]
        logits.append(linear("classifier", torch.tanh(linear("bert.pooler.dense", stream(norm(e + "LayerNorm", x))[:1]))))
    save(model, w, {"ids": [t[0] for t in texts], "segments": [t[1] for t in texts]}, logits, [2, 0])


def lvvit(folder, distills):
    """LV-ViT with fixed running statistics. It may learn from a teacher, which is the same network with negated positions, as TReX's recipe says:
    CE + 0.1 CE(student, teacher) + 0.5 KL(class token of the student || teacher) + 0.2 mean over patches of CE(patch of the student, teacher)."""
    w = load("lvvit")
    skip, samples = 2.0, 2

    def linear(name, x):
        return F.linear(x, w[name + ".weight"], w.get(name + ".bias"))

    def norm(name, x):
        return F.layer_norm(x, (D,), w[name + ".weight"], w[name + ".bias"], 1e-5)

    def scale(i):
        return w[f"patch_embed.bn{i}.weight"] / torch.sqrt(w[f"patch_embed.bn{i}.running_var"] + 1e-5)

    def answer(pixels, sign):
        x = pixels
        for i in (1, 2, 3):
            n = f"patch_embed.bn{i}."
            weight = w[f"patch_embed.conv{i}.weight"]
            x = F.conv2d(x, weight, stride=2 if i == 1 else 1, padding=weight.shape[-1] // 2)
            x = F.relu(F.batch_norm(x, w[n + "running_mean"].detach(), w[n + "running_var"].detach(), w[n + "weight"], w[n + "bias"], training=False, eps=1e-5))
        x = F.conv2d(x, w["patch_embed.proj.weight"], w["patch_embed.proj.bias"], stride=2).flatten(2).transpose(1, 2)
        x = torch.cat([w["cls_token"].expand(samples, 1, D), x], 1) + sign * w["pos_embed"]
        for i in range(LAYERS):
            p = f"blocks.{i}."
            a = torch.stack([attend(*t.split(D, 1), heads=2) for t in linear(p + "attn.qkv", norm(p + "norm1", x))])
            x = x + linear(p + "attn.proj", a) / skip
            x = x + linear(p + "mlp.fc2", F.gelu(linear(p + "mlp.fc1", norm(p + "norm2", x)))) / skip
        x = norm("norm", x)
        patches = linear("aux_head", x[:, 1:])
        return x[:, 0], linear("head", x[:, 0]) + 0.5 * patches.max(1)[0], patches

    def soft(logits, target):
        return -(target.softmax(-1) * logits.log_softmax(-1)).sum(-1).mean()

    pixels, labels = torch.randn(samples, 3, 8, 8).float().double(), [1, 2]
    token, logits, patches = answer(pixels, 1)
    loss = F.cross_entropy(logits, torch.tensor(labels))
    if distills:
        token_t, logits_t, patches_t = (t.detach() for t in answer(pixels, -1))
        divergence = F.kl_div(token_t.log_softmax(-1), token.log_softmax(-1), log_target=True, reduction="batchmean")
        loss = loss + 0.1 * soft(logits, logits_t) + 0.5 * divergence + 0.2 * soft(patches, patches_t)
    loss.backward()

    gradients = {n: t.grad for n, t in w.items() if ".running_" not in n}
    for i in (1, 2, 3):
        gradients[f"patch_embed.conv{i}.weight"] /= scale(i).detach()[:, None, None, None]
        gradients[f"patch_embed.bn{i}.weight"] = torch.ones_like(scale(i))
        gradients[f"patch_embed.bn{i}.running_mean"] = torch.zeros_like(scale(i))
        gradients[f"patch_embed.bn{i}.running_var"] = torch.full_like(scale(i), 1 - 1e-5)
    for name in gradients:
        if "attn.proj" in name or "mlp.fc2" in name:
            gradients[name] *= skip
    os.makedirs(f"gradients/{folder}", exist_ok=True)
    with open(f"gradients/{folder}/config.json", "w") as file:
        json.dump({"architecture": "lvvit_test", "model_args": {"num_heads": 2, "skip_lam": 1}}, file)
    write(folder, gradients, {"values": pixels.flatten().tolist()}, labels, loss)


os.chdir(os.path.dirname(os.path.abspath(__file__)))
bert()
gpt2()
llama()
kwt()
reuse("vit-reuse", "vit", [1, 3], chained=False)
reuse("bert-reuse", "bert", [1, 2], chained=True)
lvvit("lvvit", distills=False)
lvvit("lvvit-distilled", distills=True)

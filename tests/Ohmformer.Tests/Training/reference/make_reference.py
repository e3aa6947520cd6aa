"""Writes vit_reference.json: a tiny vision transformer computed by PyTorch in double precision.

Loss, logits, the gradients of all parameters, and an AdamW trajectory. Made with torch 1.13 (Debian python3-torch):
    python3 make_reference.py
"""
import json
import torch
import torch.nn.functional as F

torch.manual_seed(20)
torch.set_default_dtype(torch.float64)
LAYERS, D, HEADS, MLP, SIZE, PATCH, CHANNELS, CLASSES, BATCH = 2, 8, 2, 12, 6, 3, 2, 3, 4
EPS, SMOOTHING, RATE, DECAY, STEPS = 1e-6, 0.1, 0.01, 0.1, 4


def f32(t):
    """Values that single precision represents exactly."""
    return t.float().double()


shapes = {"embedding.weight": (CHANNELS * PATCH * PATCH, D), "embedding.bias": (1, D), "classTokens": (1, D),
          "positions": ((SIZE // PATCH) ** 2 + 1, D)}
for i in range(LAYERS):
    e = f"encoder.{i}."
    for name, rows, columns in [("query", D, D), ("key", D, D), ("value", D, D), ("projection", D, D), ("mlpIn", D, MLP), ("mlpOut", MLP, D)]:
        shapes[e + name + ".weight"], shapes[e + name + ".bias"] = (rows, columns), (1, columns)
    for name in ["attentionNorm", "mlpNorm"]:
        shapes[e + name + ".gain"], shapes[e + name + ".bias"] = (1, D), (1, D)
shapes |= {"finalNorm.gain": (1, D), "finalNorm.bias": (1, D), "head.weight": (D, CLASSES), "head.bias": (1, CLASSES)}

p = {n: f32(torch.randn(s) * 0.4 + (1 if n.endswith("gain") else 0)).requires_grad_() for n, s in shapes.items()}
images = f32(torch.randn(BATCH, CHANNELS, SIZE, SIZE))
labels = torch.tensor([2, 0, 1, 1])


def linear(name, x):
    return x @ p[name + ".weight"] + p[name + ".bias"][0]


def norm(name, x):
    return F.layer_norm(x, (D,), p[name + ".gain"][0], p[name + ".bias"][0], EPS)


def logits():
    # Convolution with the reshaped weight is how Hugging Face cuts patches.
    kernel = p["embedding.weight"].T.reshape(D, CHANNELS, PATCH, PATCH)
    x = F.conv2d(images, kernel, p["embedding.bias"][0], stride=PATCH).flatten(2).transpose(1, 2)
    x = torch.cat([p["classTokens"].expand(BATCH, 1, D), x], 1) + p["positions"]
    for i in range(LAYERS):
        e = f"encoder.{i}."
        h = norm(e + "attentionNorm", x)
        q, k, v = (linear(e + n, h).view(BATCH, -1, HEADS, D // HEADS).transpose(1, 2) for n in ["query", "key", "value"])
        a = torch.softmax(q @ k.transpose(2, 3) / (D // HEADS) ** 0.5, -1) @ v
        x = x + linear(e + "projection", a.transpose(1, 2).reshape(BATCH, -1, D))
        x = x + linear(e + "mlpOut", F.gelu(linear(e + "mlpIn", norm(e + "mlpNorm", x))))
    return linear("head", norm("finalNorm", x[:, 0]))


def loss():
    return F.cross_entropy(logits(), labels, label_smoothing=SMOOTHING)


def numbers(t):
    return [float(f"{v:.9g}") for v in t.detach().flatten().tolist()]


out = {"layers": LAYERS, "hidden": D, "heads": HEADS, "intermediate": MLP, "imageSize": SIZE, "patchSize": PATCH, "channels": CHANNELS,
       "classes": CLASSES, "normEpsilon": EPS, "smoothing": SMOOTHING, "rate": RATE, "decay": DECAY,
       "images": numbers(images), "labels": labels.tolist(), "parameters": {n: numbers(t) for n, t in p.items()}, "logits": numbers(logits())}
first = loss()
first.backward()
out["loss"] = first.item()
out["gradients"] = {n: numbers(t.grad) for n, t in p.items()}

decays = {n: n.endswith("weight") for n in p}
optimizer = torch.optim.AdamW([{"params": [p[n] for n in p if decays[n]], "weight_decay": DECAY},
                               {"params": [p[n] for n in p if not decays[n]], "weight_decay": 0.0}], lr=RATE)
out["losses"] = []
for _ in range(STEPS):
    optimizer.zero_grad()
    value = loss()
    value.backward()
    out["losses"].append(value.item())
    optimizer.step()
out["parametersAfter"] = {n: numbers(t) for n, t in p.items()}

with open("vit_reference.json", "w") as f:
    json.dump(out, f, separators=(",", ":"))
    f.write("\n")

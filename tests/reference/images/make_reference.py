"""Writes reference.json: images encoded here, and what PIL makes of them.

Files in every color type and bit depth of PNG, plain and interlaced, with all row filters; JPEG files; and resized, cropped and
converted images. Everything in it is generated. Made with Pillow 9.4 (Debian python3-pil, python3-numpy):
    /usr/bin/python3 make_reference.py
"""
import base64
import io
import json
import math
import struct
import zlib

import numpy as np
from PIL import Image

random = np.random.default_rng(20)
GRAY, RGB, INDEXED, GRAY_ALPHA, RGB_ALPHA = 0, 2, 3, 4, 6
SAMPLES = {GRAY: 1, RGB: 3, INDEXED: 1, GRAY_ALPHA: 2, RGB_ALPHA: 4}
ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]


def text(data):
    return base64.b64encode(bytes(data)).decode()


def chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def pack(samples, depth):
    """One row of samples as bytes."""
    if depth == 16:
        return samples.astype(">u2").tobytes()
    if depth == 8:
        return samples.astype(np.uint8).tobytes()
    bits = "".join(format(int(s), f"0{depth}b") for s in samples)
    bits += "0" * (-len(bits) % 8)
    return bytes(int(bits[i:i + 8], 2) for i in range(0, len(bits), 8))


def paeth(a, b, c):
    p = a + b - c
    return min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]


def filtered(kind, row, above, step):
    out = bytearray([kind])
    for i, value in enumerate(row):
        a, b, c = row[i - step] if i >= step else 0, above[i], above[i - step] if i >= step else 0
        out.append((value - [0, a, b, (a + b) // 2, paeth(a, b, c)][kind]) % 256)
    return bytes(out)


def png(samples, color, depth, interlaced, palette=b""):
    """A PNG file; samples have shape [height, width, samples of a pixel]."""
    height, width, count = samples.shape
    step, data = max(1, count * depth // 8), b""
    for left, top, dx, dy in ADAM7 if interlaced else [(0, 0, 1, 1)]:
        part = samples[top::dy, left::dx]
        if part.size == 0:
            continue
        rows = [pack(r.reshape(-1), depth) for r in part]
        above = bytes(len(rows[0]))
        for y, row in enumerate(rows):
            data += filtered(y % 5, row, above, step)
            above = row
    packed = zlib.compress(data, 9)
    middle = len(packed) // 2
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, int(interlaced)))
            + chunk(b"tEXt", b"a\0b") + (chunk(b"PLTE", palette) if palette else b"")
            + chunk(b"IDAT", packed[:middle]) + chunk(b"IDAT", packed[middle:]) + chunk(b"IEND", b""))


def planes(image):
    """[height, width(, channels)] to the bytes of [channels, height, width]."""
    array = np.asarray(image)
    return (array[None] if array.ndim == 2 else array.transpose(2, 0, 1)).tobytes()


def described(name, file, image):
    return {"name": name, "file": text(file), "channels": 1 if image.mode == "L" else 3, "height": image.height, "width": image.width,
            "pixels": text(planes(image))}


def decoded():
    """PNG files of 11 x 9 pixels (and 1 x 1, 3 x 2) and what PIL reads from them."""
    cases = []
    for color, depths in {GRAY: [1, 2, 4, 8, 16], RGB: [8, 16], INDEXED: [1, 2, 4, 8], GRAY_ALPHA: [8, 16], RGB_ALPHA: [8, 16]}.items():
        for depth in depths:
            for interlaced in [False, True]:
                sizes = [(9, 11)] + ([(1, 1), (2, 3)] if interlaced and depth == depths[-1] else [])
                for height, width in sizes:
                    samples = random.integers(0, 2 ** depth, (height, width, SAMPLES[color]))
                    palette = bytes(random.integers(0, 256, 3 * 2 ** min(depth, 5), dtype=np.uint8)) if color == INDEXED else b""
                    if color == INDEXED:
                        samples %= len(palette) // 3
                    file = png(samples, color, depth, interlaced, palette)
                    image = Image.open(io.BytesIO(file))
                    if color == GRAY and depth == 16:  # PIL keeps 16 bits; compare with the upper byte of what it read.
                        image = Image.fromarray((np.asarray(image) >> 8).astype(np.uint8))
                    name = f"{color}-{depth}-{'interlaced' if interlaced else 'plain'}-{width}x{height}"
                    cases.append(described(name, file, image.convert("L" if color in (GRAY, GRAY_ALPHA) else "RGB")))
    return cases


def photo(height, width):
    """Smooth colors with edges and noise."""
    y, x = np.mgrid[0:height, 0:width]
    image = np.stack([127 + 120 * np.sin(x / 5 + y / 9), 255 * ((x // 6 + y // 4) % 2), 40 + 3 * x + random.normal(0, 30, (height, width))], axis=2)
    return Image.fromarray(np.clip(image, 0, 255).astype(np.uint8))


def jpegs():
    """JPEG files and what PIL's libjpeg reads from them."""
    cases = []
    for name, mode, size, options in [("color-420", "RGB", (17, 23), {}), ("color-444", "RGB", (11, 13), {"subsampling": 0, "quality": 90}),
                                      ("gray", "L", (9, 7), {}), ("progressive", "RGB", (24, 19), {"progressive": True}), ("print", "CMYK", (9, 8), {})]:
        stream = io.BytesIO()
        photo(*size).convert(mode).save(stream, "JPEG", **options)
        cases.append(described(name, stream.getvalue(), Image.open(stream).convert("L" if mode == "L" else "RGB")))
    return cases


def resized():
    """One image in other sizes, with every filter; extreme contrasts make cubic filters overshoot."""
    source = photo(29, 37)
    cases = [{"resample": resample, "height": h, "width": w, "pixels": text(planes(source.resize((w, h), resample)))}
             for resample in range(6) for h, w in [(12, 12), (29, 11), (5, 42), (1, 1)]]
    cases += [{"resample": resample, "height": 41, "width": 11, "pixels": text(planes(source.resize((11, 41), resample)))} for resample in [2, 3]]
    return {"height": 29, "width": 37, "source": text(planes(source)), "gray": text(planes(source.convert("L"))), "cases": cases}


def nearest():
    """Which of n columns PIL takes for m without a filter, where the centers of some lie exactly between two."""
    return [{"width": n, "columns": np.asarray(Image.fromarray(np.arange(n, dtype=np.uint8)[None]).resize((m, 1), Image.NEAREST))[0].tolist()}
            for n, m in [(2, 7), (2, 15), (4, 6), (4, 23)]]


def framed():
    """What torchvision's Resize and CenterCrop (timm), and Hugging Face's shortest_edge and center_crop make of an image, by their published rules."""
    cases = []
    for height, width in [(29, 38), (38, 29), (29, 30)]:
        source = photo(height, width)
        edge, crop = 27, 24
        short, long = min(height, width), max(height, width)
        scaled = int(edge * long / short)
        size = (edge, scaled) if width == short else (scaled, edge)
        image = source.resize(size, Image.BICUBIC)
        corners = [[int(round((n - crop) / 2)) for n in image.size], [(n - crop) // 2 for n in image.size]]
        timm, hugging_face = [text(planes(image.crop((left, top, left + crop, top + crop)))) for left, top in corners]
        cases.append({"height": height, "width": width, "source": text(planes(source)), "timm": timm, "huggingFace": hugging_face})
    assert math.floor(24 / 0.875) == 27
    return cases


with open("reference.json", "w") as out:
    json.dump({"decoded": decoded(), "jpeg": jpegs(), "resized": resized(), "nearest": nearest(), "framed": framed()}, out, indent=0)
    out.write("\n")

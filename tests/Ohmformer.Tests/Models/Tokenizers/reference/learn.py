"""Makes learned.json: vocabularies learned from a short text in the plainest way, every pair counted anew before every merge.

python3 learn.py   (no packages needed)
The text is public domain: Shakespeare, sonnet 18, and lines in which letters repeat, accents and other scripts stand.
"""
import collections
import json
import re
import unicodedata

TEXT = """Shall I compare thee to a summer's day?
Thou art more lovely and more temperate:
Rough winds do shake the darling buds of May,
And summer's lease hath all too short a date;
Sometime too hot the eye of heaven shines,
And often is his gold complexion dimm'd;
And every fair from fair sometime declines,
By chance or nature's changing course untrimm'd;
But thy eternal summer shall not fade,
Nor lose possession of that fair thou ow'st;
Nor shall death brag thou wander'st in his shade,
When in eternal lines to time thou grow'st:
So long as men can breathe or eyes can see,
So long lives this, and this gives life to thee.

  aaaa aaaaaaa aaaaaa  ababab babab 1609 16091609 naïve café naïve 日本語 日本 Straße STRASSE
"""
WORDS = re.compile(r"'s|'t|'re|'ve|'m|'ll|'d| ?[^\W\d_]+| ?\d+| ?(?:[^\s\w]|_)+|\s+(?!\S)|\s+")


def learn(words, tokens, size, join):
    """words: counts of tuples of tokens. Returns all tokens and the merges."""
    tokens, merges = list(tokens), []
    while len(tokens) < size:
        pairs = collections.Counter()
        for word, count in words.items():
            for pair in zip(word, word[1:]):
                pairs[pair] += count
        best = min(pairs, key=lambda p: (-pairs[p], tokens.index(p[0]), tokens.index(p[1])), default=None)
        if best is None or pairs[best] < 2:
            break
        merges.append(best)
        merged = join(*best)
        if merged not in tokens:
            tokens.append(merged)
        changed = collections.Counter()
        for word, count in words.items():
            result, i = [], 0
            while i < len(word):
                if word[i:i + 2] == best:
                    result.append(merged)
                    i += 2
                else:
                    result.append(word[i])
                    i += 1
            changed[tuple(result)] += count
        words = changed
    return tokens, merges


def byte_letters():
    """The characters that GPT-2 shows bytes as (openai/gpt-2, encoder.py, bytes_to_unicode), by byte."""
    shown = [*range(33, 127), *range(161, 173), *range(174, 256)]
    hidden = [b for b in range(256) if b not in shown]
    letters = {b: chr(b) for b in shown} | {b: chr(256 + i) for i, b in enumerate(hidden)}
    return [letters[b] for b in range(256)]


def byte_pairs(size):
    letters = byte_letters()
    words = collections.Counter(tuple(letters[b] for b in piece.encode()) for piece in WORDS.findall(TEXT))
    tokens, merges = learn(words, letters, size - 1, lambda a, b: a + b)
    return {"size": size, "tokens": tokens + ["<|endoftext|>"], "merges": [" ".join(m) for m in merges]}


def word_pieces(size):
    text = "".join(c for c in unicodedata.normalize("NFD", TEXT) if unicodedata.category(c) != "Mn").lower()
    text = re.sub(r"([\u4e00-\u9fff])", r" \1 ", text)
    pieces = re.findall(r"\w+|[^\w\s]", text)
    letters, continuing = sorted({c for p in pieces for c in p}), sorted({c for p in pieces if len(p) > 1 for c in p})
    start = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters, *("##" + c for c in continuing)]
    words = collections.Counter(tuple(c if i == 0 else "##" + c for i, c in enumerate(piece)) for piece in pieces)
    tokens, _ = learn(words, start, size, lambda a, b: a + b.removeprefix("##"))
    return {"size": size, "tokens": tokens}


result = {"text": TEXT, "bytes": [byte_pairs(s) for s in (257, 258, 300, 400, 1000)], "words": [word_pieces(s) for s in (76, 90, 120, 1000)]}
with open("learned.json", "w", encoding="utf-8") as file:
    json.dump(result, file, ensure_ascii=False, separators=(",", ":"))
    file.write("\n")

// Makes the reference files of this folder: small tokenizers, and what Hugging Face's tokenizers library makes of texts with them.
//   npm install @anush008/tokenizers@0.6.0 && node make.mjs
// The vocabularies are trained here on a public-domain text (Shakespeare, sonnets 18 and 116).
import fs from 'fs';
import { createRequire } from 'module';
const { Tokenizer } = createRequire(import.meta.url)('@anush008/tokenizers');

const corpus = `Shall I compare thee to a summer's day?
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
Let me not to the marriage of true minds
Admit impediments. Love is not love
Which alters when it alteration finds,
Or bends with the remover to remove.
O no! it is an ever-fixed mark
That looks on tempests and is never shaken;
It is the star to every wand'ring bark,
Whose worth's unknown, although his height be taken.
`;

const texts = [
  '', ' ', 'Thou art more lovely', ' Thou  art\nmore\n\n lovely \t', "summer's day, don't we'll I'm", '116, 3.14 x² ½ ⅷ ٣٤ १२३', 'naïve café ÀÉÎ İstanbul ẞ ﬁ', '日本語 中文字符',
  '한국어 텍스트', 'مرحبا हिन्दी', '👩‍👩‍👧 🏳️‍🌈 emoji 😁!', '𝐀𝐁𝐂 𝟙𝟚 𐐀𐐨', 'a\u0301\u0323 \u1e69 o\u0308', '\u0000\u0001\u200b\u200d\ufeff\ufffd x', '<s>hi</s> [MASK] [CLS] <|end|>', 'shaken'.repeat(20) + ' y',
  'a\r\nb\u2028c\u0085d\u00a0e\f', '“quotes” ‘single’ — dash… €5', 'ΩΣ Σας', '<0x41> ▁ ▁▁ a▁b', '\u{E000}\u{10FFFD} ǅʰⁿ', corpus.slice(0, 700),
];
const pairs = [['Which alters', 'when it alteration finds'], ['', 'Love'], ['O no!', '']];

// Byte-pair merges learned from words given as arrays of symbols.
function train(words, count) {
  const merges = [];
  while (merges.length < count) {
    const pairs = new Map();
    for (const w of words) for (let i = 0; i + 1 < w.length; i++) pairs.set(w[i] + ' ' + w[i + 1], (pairs.get(w[i] + ' ' + w[i + 1]) ?? 0) + 1);
    const best = [...pairs].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))[0];
    if (!best || best[1] < 2) break;
    merges.push(best[0]);
    const [l, r] = best[0].split(' ');
    for (const w of words) for (let i = 0; i + 1 < w.length; i++) if (w[i] === l && w[i + 1] === r) w.splice(i, 2, l + r);
  }
  return merges;
}

const special = (id, content, more = {}) => ({ id, content, single_word: false, lstrip: false, rstrip: false, normalized: false, special: true, ...more });
const common = { version: '1.0', truncation: null, padding: null };
const vocabulary = tokens => Object.fromEntries([...new Set(tokens)].map((t, i) => [t, i]));

const letters = [];
{ let next = 256; for (let b = 0; b < 256; b++) letters.push(String.fromCharCode((b >= 33 && b <= 126) || (b >= 0xa1 && b <= 0xac) || (b >= 0xae) ? b : next++)); }
const asBytes = s => [...Buffer.from(s)].map(b => letters[b]);
const gpt2 = /'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu;
const byteMerges = train(corpus.match(gpt2).map(asBytes), 250);
const byteVocabulary = vocabulary([...letters, ...byteMerges.map(m => m.replace(' ', ''))]), end = Object.keys(byteVocabulary).length;
const level = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true };
const bytePairs = { type: 'BPE', dropout: null, unk_token: null, continuing_subword_prefix: '', end_of_word_suffix: '', fuse_unk: false, byte_fallback: false, vocab: byteVocabulary, merges: byteMerges };

const words = [...corpus.toLowerCase().matchAll(/[a-z]+/g)].map(m => [...m[0]].map((c, i) => i ? '##' + c : c));
const wordMerges = train(words, 150).map(m => m.replace(' ##', ''));
const wordVocabulary = vocabulary(['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', ...'abcdefghijklmnopqrstuvwxyz0123456789', ...[...'abcdefghijklmnopqrstuvwxyz0123456789'].map(c => '##' + c), ...".,;:!?'-’“”…—€½²ωσας中文字符", '##ς', '##ω', ...wordMerges]);
const cls = { SpecialToken: { id: '[CLS]', type_id: 0 } }, sep = type_id => ({ SpecialToken: { id: '[SEP]', type_id } }), text = (id, type_id) => ({ Sequence: { id, type_id } });
const bert = {
  ...common, added_tokens: ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]'].map((t, i) => special(i, t)),
  normalizer: { type: 'BertNormalizer', clean_text: true, handle_chinese_chars: true, strip_accents: null, lowercase: true }, pre_tokenizer: { type: 'BertPreTokenizer' },
  post_processor: { type: 'TemplateProcessing', single: [cls, text('A', 0), sep(0)], pair: [cls, text('A', 0), sep(0), text('B', 1), sep(1)],
    special_tokens: { '[CLS]': { id: '[CLS]', ids: [2], tokens: ['[CLS]'] }, '[SEP]': { id: '[SEP]', ids: [3], tokens: ['[SEP]'] } } },
  decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
  model: { type: 'WordPiece', unk_token: '[UNK]', continuing_subword_prefix: '##', max_input_chars_per_word: 100, vocab: wordVocabulary },
};

const pieceMerges = train(corpus.split('\n').map(l => [...('▁' + l.replaceAll(' ', '▁'))]), 200);
const pieceVocabulary = vocabulary(['<unk>', '<s>', '</s>', ...Array.from({ length: 256 }, (_, b) => `<0x${b.toString(16).toUpperCase().padStart(2, '0')}>`), ...new Set('▁' + corpus.replace(/\s/g, '')), ...pieceMerges.map(m => m.replace(' ', ''))]);
const bos = type_id => ({ SpecialToken: { id: '<s>', type_id } });
const llama = {
  ...common, added_tokens: [special(0, '<unk>'), special(1, '<s>'), special(2, '</s>')],
  normalizer: { type: 'Sequence', normalizers: [{ type: 'Prepend', prepend: '▁' }, { type: 'Replace', pattern: { String: ' ' }, content: '▁' }] }, pre_tokenizer: null,
  post_processor: { type: 'TemplateProcessing', single: [bos(0), text('A', 0)], pair: [bos(0), text('A', 0), bos(1), text('B', 1)], special_tokens: { '<s>': { id: '<s>', ids: [1], tokens: ['<s>'] } } },
  decoder: { type: 'Sequence', decoders: [{ type: 'Replace', pattern: { String: '▁' }, content: ' ' }, { type: 'ByteFallback' }, { type: 'Fuse' }, { type: 'Strip', content: ' ', start: 1, stop: 0 }] },
  model: { type: 'BPE', dropout: null, unk_token: '<unk>', continuing_subword_prefix: null, end_of_word_suffix: null, fuse_unk: true, byte_fallback: true, vocab: pieceVocabulary, merges: pieceMerges },
};

const llama3 = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
const split = (pattern, behavior, invert = false) => ({ type: 'Split', pattern, behavior, invert });
const tokenizers = {
  gpt2: { ...common, added_tokens: [special(end, '<|end|>')], normalizer: null, pre_tokenizer: level, post_processor: level, decoder: level, model: bytePairs },
  roberta: {
    ...common, added_tokens: [special(end, '<s>'), special(end + 1, '</s>'), special(end + 2, '[MASK]', { lstrip: true })], normalizer: { type: 'NFC' }, pre_tokenizer: level,
    post_processor: { type: 'RobertaProcessing', sep: ['</s>', end + 1], cls: ['<s>', end], trim_offsets: true, add_prefix_space: false }, decoder: level, model: bytePairs,
  },
  'llama-3': {
    ...common, added_tokens: [special(end, '<|end|>')], normalizer: null,
    pre_tokenizer: { type: 'Sequence', pretokenizers: [split({ Regex: llama3 }, 'Isolated'), { ...level, use_regex: false }] }, post_processor: { ...level, trim_offsets: false }, decoder: level,
    model: { ...bytePairs, ignore_merges: true, merges: byteMerges.map(m => m.split(' ')) },
  },
  bert, llama,
  'bert-cased': { ...bert, normalizer: { ...bert.normalizer, lowercase: false } },
  metaspace: { ...llama, normalizer: null, pre_tokenizer: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'first', split: true }, decoder: { type: 'Metaspace', replacement: '▁', prepend_scheme: 'first', split: true } },
  words: {
    ...bert, pre_tokenizer: { type: 'Sequence', pretokenizers: [{ type: 'Whitespace' }, { type: 'Digits', individual_digits: true }] },
    normalizer: { type: 'Sequence', normalizers: [{ type: 'NFD' }, { type: 'StripAccents' }, { type: 'Lowercase' }, { type: 'Strip', strip_left: true, strip_right: true }] },
    post_processor: { type: 'BertProcessing', sep: ['[SEP]', 3], cls: ['[CLS]', 2] },
  },
  splits: {
    ...bert, normalizer: { type: 'Lowercase' },
    pre_tokenizer: { type: 'Sequence', pretokenizers: [{ type: 'WhitespaceSplit' }, { type: 'Punctuation', behavior: 'Contiguous' }, split({ String: 'e' }, 'MergedWithPrevious'), split({ Regex: '[ao]+' }, 'MergedWithNext'), split({ Regex: '[ts]+' }, 'Removed', true), { type: 'Digits', individual_digits: false }] },
  },
};

const utf16 = (s, o) => { const at = [0]; let u = 0; for (const ch of s) at.push(u += ch.length); return [at[o[0]], at[o[1]]]; };
for (const [name, tokenizer] of Object.entries(tokenizers)) {
  const reference = Tokenizer.fromString(JSON.stringify(tokenizer)), cases = [];
  for (const [first, second] of [...texts.map(t => [t]), ...pairs]) {
    const e = second === undefined ? await reference.encode(first) : await reference.encode(first, second), of = e.getSequenceIds();
    cases.push({ text: first, pair: second, ids: e.getIds(), types: e.getTypeIds(), places: e.getOffsets().flatMap((o, i) => utf16(of[i] === 1 ? second : first, o)), decoded: await reference.decode(e.getIds(), true) });
  }
  fs.writeFileSync(name + '.json', JSON.stringify({ tokenizer }) .slice(0, -1) + ',\n"cases": [\n' + cases.map(c => JSON.stringify(c)).join(',\n') + '\n]}\n');
}
process.exit(0);

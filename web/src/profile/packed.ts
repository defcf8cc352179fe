// Packed columns of a report: little-endian numbers, their bytes sorted into planes (all lowest bytes first), compressed
// with gzip, written as base64. Planes of small numbers are mostly zeros, which is what makes a report small.
// DATA.md is the definition; the writer is C++.

export interface Packed {
  type: 'u8' | 'u16' | 'u32' | 'u64' | 'strings';
  rows: number;
  /** "delta": each value is the difference to the one before (modulo 2^32), as in sorted times. */
  encoding?: 'delta';
  gzip: string;
}

const kWidth = { u8: 1, u16: 2, u32: 4, u64: 8 } as const;

function fromBase64(text: string): Uint8Array {
  const native = (Uint8Array as unknown as { fromBase64?: (text: string) => Uint8Array }).fromBase64;
  if (native) return native(text);
  const binary = atob(text);
  const result = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) result[i] = binary.charCodeAt(i);
  return result;
}

/** Refuses more than `limit` bytes, so that a small file cannot ask for unbounded memory. */
async function gunzip(data: Uint8Array, limit: number): Promise<Uint8Array> {
  // Written to by hand: the stream of a Blob takes a way through another process for each column.
  const { readable, writable } = new DecompressionStream('gzip');
  const writer = writable.getWriter();
  // What goes wrong is told by the reader.
  writer.write(data as BufferSource).catch(() => {});
  writer.close().catch(() => {});
  const reader = readable.getReader();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.byteLength;
    if (size > limit) throw new Error(`packed column: expected ${limit} bytes, found more`);
    chunks.push(value);
  }
  if (chunks.length === 1) return chunks[0];
  const whole = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.byteLength;
  }
  return whole;
}

async function planes(name: string, packed: Packed, width: number): Promise<Uint8Array> {
  const expected = packed.rows * width;
  const raw = await gunzip(fromBase64(packed.gzip), expected);
  if (raw.byteLength !== expected)
    throw new Error(`column ${name}: expected ${expected} bytes, found ${raw.byteLength}`);
  return raw;
}

/** u8, u16 and u32 columns. */
export async function unpack32(name: string, packed: Packed | undefined): Promise<Uint32Array> {
  if (!packed || (packed.type !== 'u8' && packed.type !== 'u16' && packed.type !== 'u32')) {
    throw new Error(`column ${name}: expected u8, u16 or u32, found ${packed?.type ?? 'nothing'}`);
  }
  const width = kWidth[packed.type];
  const { rows } = packed;
  const raw = await planes(name, packed, width);
  const result = new Uint32Array(rows);
  const plane = (k: number): Uint8Array => raw.subarray(k * rows, (k + 1) * rows);
  const [a, b, c, d] = [plane(0), plane(1), plane(2), plane(3)];
  if (width === 1) result.set(a);
  else if (width === 2) for (let i = 0; i < rows; i++) result[i] = a[i] | (b[i] << 8);
  else for (let i = 0; i < rows; i++) result[i] = a[i] | (b[i] << 8) | (c[i] << 16) | (d[i] << 24);
  if (packed.encoding === 'delta') {
    let value = 0;
    for (let i = 0; i < rows; i++) {
      value = (value + result[i]) | 0;
      result[i] = value;
    }
  }
  return result;
}

/** u64 columns as doubles: exact up to 2^53, more than any machine's memory. u32 is accepted for small values. */
export async function unpack64(name: string, packed: Packed | undefined): Promise<Float64Array> {
  if (packed?.type !== 'u64') return Float64Array.from(await unpack32(name, packed));
  const { rows } = packed;
  const raw = await planes(name, packed, 8);
  const result = new Float64Array(rows);
  for (let k = 7; k >= 0; k--) {
    const plane = raw.subarray(k * rows, (k + 1) * rows);
    for (let i = 0; i < rows; i++) result[i] = result[i] * 256 + plane[i];
  }
  return result;
}

/** A table of texts: gzip of a JSON array. */
export async function unpackStrings(name: string, packed: Packed | undefined): Promise<string[]> {
  if (packed?.type !== 'strings')
    throw new Error(`column ${name}: expected strings, found ${packed?.type ?? 'nothing'}`);
  const kLimit = 256_000_000;
  const strings = JSON.parse(new TextDecoder().decode(await gunzip(fromBase64(packed.gzip), kLimit))) as string[];
  if (strings.length !== packed.rows)
    throw new Error(`column ${name}: expected ${packed.rows} strings, found ${strings.length}`);
  return strings;
}

// Elements that come out of the module's memory, and how a large region comes in pieces.

export type Region = [start: number[], shape: number[]];

/** What was read: `data` are the elements' bytes; of variable-length strings there is a list instead. */
export interface Elements {
  shape: number[];
  dtype: string | unknown[];
  data: Uint8Array;
  strings?: string[];
}

const kPieceBytes = 8 << 20;

export type Take = (bytes: Uint8Array) => void;

/** Reads a region in pieces along the first axis, each of whole chunks. The first piece tells how large an element is. */
export async function readPieces(
  [start, shape]: Region,
  step: number,
  { read, want }: { read(piece: Region, take: Take): Promise<unknown>; want(piece: Region): Promise<unknown> },
): Promise<Elements> {
  const rows = shape[0];
  // Up to the end of the first chunk that the region meets, and at least so much that it can be told from none.
  const first = rows === undefined ? 0 : Math.min(rows, step - (start[0] % step));
  if (rows === undefined || first === rows) return readInto((take) => read([start, shape], take));
  const part = (from: number, count: number): Region => [
    [start[0] + from, ...start.slice(1)],
    [count, ...shape.slice(1)],
  ];
  let data = new Uint8Array(0);
  let rowBytes = 0;
  const put = (at: number, total: number) => (bytes: Uint8Array) => {
    if (at === 0) {
      rowBytes = bytes.length / first;
      data = new Uint8Array(rowBytes * total);
    }
    data.set(bytes, at * rowBytes);
  };
  const answer = (await read(part(0, first), put(0, rows))) as Omit<Elements, 'data'>;
  const strings = answer.strings;
  const rowsAtOnce = Math.max(step, Math.floor(kPieceBytes / Math.max(rowBytes, 1) / step) * step);
  for (let at = first; at < rows; at += rowsAtOnce) {
    const count = Math.min(rowsAtOnce, rows - at);
    const next = Math.min(rowsAtOnce, rows - at - count);
    if (next > 0) await want(part(at + count, next));
    const piece = (await read(part(at, count), put(at, rows))) as Omit<Elements, 'data'>;
    if (strings) strings.push(...piece.strings!);
  }
  return { ...answer, shape, strings, data };
}

export async function readInto(call: (take: (bytes: Uint8Array) => void) => Promise<unknown>): Promise<Elements> {
  let data = new Uint8Array(0);
  const answer = (await call((bytes) => {
    data = bytes.slice();
  })) as Omit<Elements, 'data'>;
  return { ...answer, data };
}

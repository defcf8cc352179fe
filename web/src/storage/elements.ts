// Elements that come out of the module's memory, and how a large region comes in pieces.

export type Region = [start: number[], shape: number[]];

/** What was read; a dataset without a dataspace has no shape. `data` are the elements' bytes; of variable-length strings
 * there is a list instead. */
export interface Elements {
  shape: number[] | null;
  dtype: string | unknown[];
  data: Uint8Array;
  strings?: string[];
}

const kPieceBytes = 8 << 20;

export type Take = (bytes: Uint8Array) => void;

interface Pieces {
  /** The extent of a chunk along the first axis. */
  step: number;
  /** Bytes of a row of the region; unless they are known, the first piece tells them. */
  rowBytes?: number;
  read(piece: Region, take: Take): Promise<unknown>;
  /** Lets come what reading a piece takes. */
  want(piece: Region): Promise<unknown>;
}

/** Reads a region in pieces along the first axis, each of whole chunks, while what the next one takes arrives. */
export async function readPieces([start, shape]: Region, { step, rowBytes, read, want }: Pieces): Promise<Elements> {
  const rows = shape[0];
  if (!rows) return readInto((take) => read([start, shape], take));
  const part = (from: number, count: number): Region => [
    [start[0] + from, ...start.slice(1)],
    [count, ...shape.slice(1)],
  ];
  /** How many rows from `at` on: to the end of a chunk. */
  const count = (at: number): number => {
    const most = rowBytes === undefined ? 1 : Math.max(1, Math.floor(kPieceBytes / Math.max(rowBytes, 1)));
    const toEnd = step - ((start[0] + at) % step);
    return Math.min(rows - at, toEnd + Math.floor(Math.max(0, most - toEnd) / step) * step);
  };
  let data = new Uint8Array(0);
  let strings: string[] | undefined;
  let answer: Omit<Elements, 'data'> | undefined;
  for (let at = 0, now = 0; at < rows; at += now) {
    now = count(at);
    const put = (bytes: Uint8Array): void => {
      rowBytes ??= bytes.length / now;
      if (at === 0) data = new Uint8Array((bytes.length / now) * rows);
      data.set(bytes, (at * data.length) / rows);
    };
    if (at + now < rows && rowBytes !== undefined) await want(part(at + now, count(at + now)));
    const piece = (await read(part(at, now), put)) as Omit<Elements, 'data'>;
    answer ??= piece;
    if (piece.strings) strings = strings ? strings.concat(piece.strings) : piece.strings;
  }
  return { ...answer!, shape, strings, data };
}

export async function readInto(call: (take: (bytes: Uint8Array) => void) => Promise<unknown>): Promise<Elements> {
  let data = new Uint8Array(0);
  const answer = (await call((bytes) => {
    data = bytes.slice();
  })) as Omit<Elements, 'data'>;
  return { ...answer, data };
}

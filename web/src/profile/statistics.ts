// Statistics of a range: how many blocks of which size were allocated, how long they lived. Pure.

import { Intervals, kAlive, Query } from './range';

export interface Statistics {
  blocks: number;
  bytes: number;
  largest: number;
  /** Blocks freed within the range in which they were allocated. */
  freed: number;
  /** Bytes of those. */
  freedBytes: number;
  stacks: number;
  /** By size: bin k holds blocks of 2^k to 2^(k + 1) - 1 bytes. */
  histogram: { blocks: Float64Array; bytes: Float64Array };
}

const kBins = 48;

/** Rows that merge several blocks count as blocks of their mean size. */
export function statistics(rows: Intervals, query: Pick<Query, 'from' | 'to' | 'threads'>): Statistics {
  const result: Statistics = {
    blocks: 0,
    bytes: 0,
    largest: 0,
    freed: 0,
    freedBytes: 0,
    stacks: 0,
    histogram: { blocks: new Float64Array(kBins), bytes: new Float64Array(kBins) },
  };
  let seen = new Uint8Array(1024);
  for (let i = 0; i < rows.t0.length; i++) {
    if (rows.t0[i] < query.from || rows.t0[i] > query.to || (query.threads && !query.threads[rows.thread[i]])) continue;
    const bytes = rows.bytes[i];
    const blocks = rows.blocks[i];
    const each = bytes / Math.max(blocks, 1);
    const bin =
      each < 1 ? 0 : each < 0x80000000 ? 31 - Math.clz32(each) : Math.min(kBins - 1, Math.floor(Math.log2(each)));
    result.blocks += blocks;
    result.bytes += bytes;
    result.largest = Math.max(result.largest, each);
    result.histogram.blocks[bin] += blocks;
    result.histogram.bytes[bin] += bytes;
    const stack = rows.stack[i];
    if (stack >= seen.length) {
      const wider = new Uint8Array(2 * stack);
      wider.set(seen);
      seen = wider;
    }
    if (seen[stack] === 0) {
      seen[stack] = 1;
      result.stacks += 1;
    }
    if (rows.t1[i] !== kAlive && rows.t1[i] <= query.to) {
      result.freed += blocks;
      result.freedBytes += bytes;
    }
  }
  return result;
}

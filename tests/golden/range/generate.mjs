// Writes the golden files of the range query: node generate.mjs [FOLDER]. The answers come from the definition in web/DATA.md,
// written here the slow and obvious way (every instant is tried, every row looked at), not from the code under test.
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const kAlive = 0xffffffff;
const kModes = ['peak', 'live', 'allocated', 'copied', 'transferred'];

function random(seed) {
  let state = seed >>> 0;
  const next = () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
  return (below) => Math.floor(next() * below);
}

/** A program of `rows` blocks over `ticks` ticks, in `nodes` stacks and `threads` threads. */
function program(name, seed, { rows, nodes, ticks, threads, coarse = 1, large = 1000 }) {
  const pick = random(seed);
  const parent = [0];
  const frame = [0];
  for (let i = 1; i < nodes; i++) {
    parent.push(pick(i));
    frame.push(1 + pick(9));
  }
  const at = () => pick(ticks / coarse) * coarse;
  const intervals = Array.from({ length: rows }, () => {
    const t0 = at();
    const life = pick(5) === 0 ? null : pick(1 + ticks / 3);
    const t1 = life === null ? kAlive : Math.ceil((t0 + life) / coarse) * coarse;
    return {
      t0,
      t1,
      bytes: pick(large) + (pick(7) === 0 ? large * 10 : 0),
      blocks: 1 + pick(3),
      stack: pick(nodes),
      thread: pick(threads),
    };
  }).sort((a, b) => a.t0 - b.t0);
  const moves = (n) =>
    Array.from({ length: n }, () => ({
      t: at(),
      bytes: 4096 + pick(100000),
      calls: 1 + pick(4),
      stack: pick(nodes),
      thread: pick(threads),
    })).sort((a, b) => a.t - b.t);
  return {
    name,
    end: ticks,
    threads,
    stacks: { parent, frame },
    intervals,
    copies: moves(Math.ceil(rows / 3)),
    transfers: moves(Math.ceil(rows / 5)),
  };
}

const counts = (query, thread) => query.threads === null || query.threads.includes(thread);
const aliveAt = (p, query, t) => p.intervals.filter((row) => row.t0 <= t && t < row.t1 && counts(query, row.thread));

function rowsOf(p, query) {
  const within = (t) => query.from <= t && t <= query.to;
  switch (query.mode) {
    case 'live':
      return { at: query.to, rows: aliveAt(p, query, query.to) };
    case 'peak': {
      let at = query.from;
      let best = -1;
      for (let t = query.from; t <= query.to; t++) {
        const sum = aliveAt(p, query, t).reduce((a, row) => a + row.bytes, 0);
        if (sum > best) [best, at] = [sum, t];
      }
      return { at, rows: aliveAt(p, query, at) };
    }
    case 'allocated':
      return { at: -1, rows: p.intervals.filter((row) => within(row.t0) && counts(query, row.thread)) };
    case 'copied':
      return { at: -1, rows: p.copies.filter((row) => within(row.t) && counts(query, row.thread)) };
    case 'transferred':
      return { at: -1, rows: p.transfers.filter((row) => within(row.t) && counts(query, row.thread)) };
    default:
      throw new Error(query.mode);
  }
}

function answer(p, query) {
  const { at, rows } = rowsOf(p, query);
  const stacks = [...new Set(rows.map((row) => row.stack))].sort((a, b) => a - b);
  const sum = (of, what) => of.reduce((total, row) => total + row[what], 0);
  const many = (row) => row.blocks ?? row.calls;
  return {
    at,
    bytes: sum(rows, 'bytes'),
    blocks: rows.reduce((total, row) => total + many(row), 0),
    self: stacks.map((stack) => {
      const own = rows.filter((row) => row.stack === stack);
      return [stack, sum(own, 'bytes'), own.reduce((total, row) => total + many(row), 0)];
    }),
  };
}

function queries(p) {
  const ranges = [
    [0, p.end],
    [0, 0],
    [0, Math.floor(p.end * 0.7)],
    [Math.floor(p.end / 3), Math.floor(p.end / 2)],
    [Math.floor(p.end / 2), p.end],
    [p.end, p.end],
  ];
  const filters = [
    null,
    ...(p.threads > 1 ? [[0], [p.threads - 1]] : []),
    ...(p.threads > 2 ? [[0, p.threads - 1]] : []),
  ];
  return ranges.flatMap(([from, to]) =>
    kModes.flatMap((mode) => filters.map((threads) => ({ mode, from, to, threads }))),
  );
}

const table = (rows) => Object.fromEntries(Object.keys(rows[0] ?? {}).map((key) => [key, rows.map((row) => row[key])]));

function edges() {
  const row = (t0, t1, bytes, stack) => ({ t0, t1, bytes, blocks: 1, stack, thread: 0 });
  return {
    name: 'edges',
    end: 10,
    threads: 1,
    stacks: { parent: [0, 0, 1, 1, 0], frame: [0, 1, 2, 3, 4] },
    // Two peaks of one height; a block that never lives; one freed at the instant where another begins; one never freed.
    intervals: [row(0, 3, 50, 1), row(2, 2, 1e6, 2), row(3, 5, 50, 2), row(6, 7, 50, 3), row(10, kAlive, 2 ** 40, 4)],
    copies: [
      { t: 0, bytes: 7, calls: 2, stack: 2, thread: 0 },
      { t: 10, bytes: 5, calls: 1, stack: 3, thread: 0 },
    ],
    transfers: [{ t: 5, bytes: 2 ** 33, calls: 1, stack: 4, thread: 0 }],
  };
}

const programs = [
  edges(),
  program('one-thread', 11, { rows: 60, nodes: 12, ticks: 90, threads: 1 }),
  program('threads', 12, { rows: 150, nodes: 30, ticks: 120, threads: 3 }),
  program('coarse-grid', 13, { rows: 120, nodes: 20, ticks: 200, threads: 2, coarse: 10 }),
];

export function documents() {
  return programs
    .map((p) => ({
      [`${p.name}.json`]: `${JSON.stringify({
        name: p.name,
        end: p.end,
        threads: p.threads,
        stacks: p.stacks,
        intervals: table(p.intervals),
        copies: table(p.copies),
        transfers: table(p.transfers),
        queries: queries(p).map((query) => ({ ...query, expected: answer(p, query) })),
      })
        .replace(/\{"mode"/g, '\n{"mode"')
        .replace(/"(stacks|intervals|copies|transfers|queries)":/g, '\n"$1":')}\n`,
    }))
    .reduce((all, one) => ({ ...all, ...one }), {});
}

const here = fileURLToPath(import.meta.url);
if (process.argv[1] && path.resolve(process.argv[1]) === here) {
  const folder = path.resolve(process.argv[2] ?? path.dirname(here));
  await mkdir(folder, { recursive: true });
  for (const [name, text] of Object.entries(documents())) await writeFile(path.join(folder, name), text);
}

// What a flame graph shows as text of other tools: CSV and JSON with a line a stack, SVG with the picture. Pure.

import { hslToRgb, moduleHue, owner } from './hue';
import type { Layout } from './layout';
import { frameLabel, frameName, pathTo, StackTree, Weights } from './tree';

/** Every stack that has bytes of its own, outermost frame first. */
function* stacks(tree: StackTree, weights: Weights): Generator<{ stack: string[]; bytes: number; blocks: number }> {
  for (let node = 0; node < tree.parent.length; node++) {
    if (!(weights.self[node] > 0)) continue;
    const stack = pathTo(tree.parent, node)
      .slice(1)
      .map((at) => frameLabel(tree.frames[tree.frame[at]]));
    yield { stack, bytes: weights.self[node], blocks: weights.selfBlocks[node] };
  }
}

/** RFC 4180; a cell that a spreadsheet would take for a formula is text. */
const quoted = (text: string): string => `"${(/^[=+@-]/.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`;

export function asCsv(tree: StackTree, weights: Weights): string {
  const lines = ['bytes,blocks,stack'];
  for (const { stack, bytes, blocks } of stacks(tree, weights))
    lines.push(`${bytes},${blocks},${quoted(stack.join(';'))}`);
  return `${lines.join('\r\n')}\r\n`;
}

export function asJson(tree: StackTree, weights: Weights, shown: string): string {
  return JSON.stringify({ shown, stacks: [...stacks(tree, weights)] }, null, 1);
}

const kWidth = 1200;
const kRow = 20;
const kCharWidth = 7.2;
/** Narrower frames are not drawn: a picture is not searched. */
const kLeast = 0.3;

// Characters that no XML may hold go; the others are named.
const escaped = (text: string): string =>
  // eslint-disable-next-line no-control-regex
  text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, '').replace(/[<>&"]/g, (c) => `&#${c.charCodeAt(0)};`);

export function asSvg(tree: StackTree, weights: Weights, layout: Layout): string {
  const scale = kWidth / Math.max(1, weights.total[0]);
  const frames: string[] = [];
  for (const node of layout.rowNodes) {
    const width = weights.total[node] * scale;
    if (width < kLeast) continue;
    const x = layout.x[node] * scale;
    const y = layout.depth[node] * kRow;
    const frame = tree.frames[tree.frame[node]];
    const fill = node === 0 ? [222, 219, 211] : hslToRgb(moduleHue(owner(frame)), 0.42, 0.8);
    const room = Math.floor((width - 8) / kCharWidth);
    const name = frameName(tree, node);
    const text = room < 3 ? '' : name.length <= room ? name : `${name.slice(0, room - 1)}…`;
    frames.push(
      `<g><title>${escaped(node === 0 ? name : frameLabel(frame))}: ${weights.total[node]} bytes</title>` +
        `<rect x="${x.toFixed(2)}" y="${y}" width="${Math.max(kLeast, width - 0.5).toFixed(2)}" height="${kRow - 1}" fill="rgb(${fill.join(' ')})"/>` +
        `${text && `<text x="${(x + 4).toFixed(2)}" y="${y + 14}">${escaped(text)}</text>`}</g>`,
    );
  }
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${kWidth} ${layout.rows * kRow}" font-family="monospace" font-size="12">` +
    `${frames.join('')}</svg>`
  );
}

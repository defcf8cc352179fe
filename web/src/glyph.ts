// The copy glyph: the array is one solid block, each extra copy one more outlined block, solid where its content
// proves that it holds the array's bytes; what is left of the extra heap
// fills the last block partly. It must read without colour and at 12 px, so shapes carry the meaning, not hues.

import { s } from './dom';
import { ratio } from './format';

const kBlock = 12;
const kGap = 3;
/** More blocks than this no longer read as a count; the number beside the glyph does. */
const kMaxBlocks = 8;
/** Extra heap below this is not drawn: an almost empty block would read as one more. The number stands beside it. */
const kMinPart = 0.1;

/** One of the glyph's blocks by itself, for a legend. */
export function block(kind: 'array' | 'extra' | 'extra proven'): SVGSVGElement {
  const line = kind === 'array' ? 0 : 1.8;
  return s(
    'svg',
    { class: 'glyph', viewBox: `0 0 ${kBlock} ${kBlock}`, width: kBlock, height: kBlock, 'aria-hidden': 'true' },
    s('rect', {
      class: kind,
      x: line / 2,
      y: line / 2,
      width: kBlock - line,
      height: kBlock - line,
      'stroke-width': line,
    }),
  );
}

/** What the glyph says in words, for readers of text. */
export function glyphText(copies: number | null, extraHeap: number | null, proven = 0): string {
  if (copies === null) return 'extra copies unknown';
  const counted = copies === 0 ? 'no extra copy' : copies === 1 ? '1 extra copy' : `${copies} extra copies`;
  const said = proven === 0 ? counted : `${counted}, ${proven === copies ? '' : `${proven} of them `}proven by content`;
  return extraHeap === null ? said : `${said}, extra heap ${ratio(extraHeap)} of the array`;
}

/** An inline SVG as high as the text around it. */
export function glyph(copies: number | null, extraHeap: number | null, proven: number | null = 0): SVGSVGElement {
  const shown = Math.min(copies ?? 0, kMaxBlocks);
  const part = copies === null || extraHeap === null ? 0 : Math.min(extraHeap - copies, 1);
  const hasPart = part >= kMinPart && shown < kMaxBlocks;
  const blocks = 1 + shown + (hasPart ? 1 : 0);
  const width = blocks * kBlock + (blocks - 1) * kGap;
  const root = s('svg', {
    class: 'glyph',
    viewBox: `0 0 ${width} ${kBlock}`,
    width,
    height: kBlock,
    role: 'img',
    'aria-label': glyphText(copies, extraHeap, proven ?? 0),
  });
  const at = (index: number) => index * (kBlock + kGap);
  if (copies === null) {
    root.append(
      s('rect', {
        class: 'part',
        x: 0.75,
        y: 0.75,
        width: kBlock - 1.5,
        height: kBlock - 1.5,
        'stroke-width': 1.5,
        'stroke-dasharray': '2 2',
      }),
    );
    return root;
  }
  root.append(s('rect', { class: 'array', x: 0, y: 0, width: kBlock, height: kBlock }));
  for (let i = 1; i <= shown; i++) {
    root.append(
      s('rect', {
        class: i <= (proven ?? 0) ? 'extra proven' : 'extra',
        x: at(i) + 0.9,
        y: 0.9,
        width: kBlock - 1.8,
        height: kBlock - 1.8,
        'stroke-width': 1.8,
      }),
    );
  }
  if (hasPart) {
    const level = Math.max(1, part * kBlock);
    root.append(
      s('rect', { class: 'level', x: at(blocks - 1), y: kBlock - level, width: kBlock, height: level }),
      s('rect', {
        class: 'part',
        x: at(blocks - 1) + 0.4,
        y: 0.4,
        width: kBlock - 0.8,
        height: kBlock - 0.8,
        'stroke-width': 0.8,
      }),
    );
  }
  return root;
}

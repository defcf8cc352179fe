// FlamePainter: draws the visible part of a flame graph into a canvas. Rows are built as one line of pixels in a typed array
// and copied down, so that the cost is pixels and not frames; text goes on top only where a name fits.
// Owns the canvas's bitmap; borrows the layout and the weights of the scene it is given.

import { Layout, firstVisible } from '../profile/layout';
import { hash, hslToRgb, moduleHue, owner, pack } from '../profile/hue';
import { frameName, StackTree, Weights } from '../profile/tree';

export const kRowHeight = 20;
const kFont = 12;
const kTextInset = 5;
/** Growth is hatched, so that it is told from shrinkage without colour. CSS pixels from line to line. */
const kHatch = 6;
/** A change below this share of a frame is none. */
const kLeastChange = 0.02;
/** Below this many CSS pixels no name is drawn: three characters and the inset. */
const kMinTextWidth = 32;

export interface Scene {
  tree: StackTree;
  weights: Weights;
  layout: Layout;
  /** 1 where a node matches the search; null when nothing is searched. */
  matches: Uint8Array | null;
  /** Root at the bottom instead of at the top. */
  upward: boolean;
  /** Of each node how it changed, from -1 (gone) to 1 (new); null: frames have their modules' colours. */
  change: Float32Array | null;
}

export interface View {
  /** Visible range in weight units. */
  left: number;
  right: number;
  /** First visible CSS pixel of the whole graph's height. */
  top: number;
  width: number;
  height: number;
  selected: number;
  hovered: number;
  drawText: boolean;
}

interface Palette {
  dark: boolean;
  frame: Uint32Array;
  match: number;
  dim: number;
  paper: number;
  root: number;
  grown: [number, number, number];
  shrunk: [number, number, number];
  same: [number, number, number];
  hatch: number;
  ink: string;
  inkDim: string;
  inkMatch: string;
  outline: string;
}

export class FlamePainter {
  private readonly context: CanvasRenderingContext2D;
  private palette: Palette | null = null;
  private paletteFor: StackTree | null = null;
  private image: ImageData | null = null;
  private pixels = new Uint32Array(0);
  private charWidth = 0;
  /** Milliseconds the last draw took: the view skips animation while a machine is slow. */
  lastDraw_ms = 0;

  constructor(private readonly canvas: HTMLCanvasElement) {
    const context = canvas.getContext('2d', { alpha: false });
    if (!context) throw new Error('flame graph: expected a 2D canvas, found none');
    this.context = context;
  }

  /** Colours are read again at the next draw: the theme or the frames changed. */
  forgetColours(): void {
    this.palette = null;
  }

  paint(scene: Scene, view: View): void {
    const started = performance.now();
    const scale = window.devicePixelRatio || 1;
    const width = Math.max(1, Math.round(view.width * scale));
    const height = Math.max(1, Math.round(view.height * scale));
    if (this.canvas.width !== width || this.canvas.height !== height) {
      this.canvas.width = width;
      this.canvas.height = height;
      this.image = null;
    }
    if (!this.image) {
      this.image = this.context.createImageData(width, height);
      this.pixels = new Uint32Array(this.image.data.buffer);
    }
    const palette = this.colours(scene.tree);
    this.pixels.fill(palette.paper);
    const labels: [number, number, number, number][] = [];
    const rows = scene.layout.rows;
    const firstRow = Math.max(0, Math.floor(view.top / kRowHeight));
    const lastRow = Math.min(rows - 1, Math.floor((view.top + view.height) / kRowHeight));
    for (let row = firstRow; row <= lastRow; row++) {
      const depth = scene.upward ? rows - 1 - row : row;
      this.paintRow(scene, view, palette, depth, row * kRowHeight - view.top, scale, width, height, labels);
    }
    this.context.putImageData(this.image, 0, 0);
    this.context.setTransform(scale, 0, 0, scale, 0, 0);
    if (view.drawText) this.paintText(scene, palette, labels);
    this.outline(scene, view, palette, view.hovered, 1);
    this.outline(scene, view, palette, view.selected, 2);
    this.lastDraw_ms = performance.now() - started;
  }

  private paintRow(
    scene: Scene,
    view: View,
    palette: Palette,
    depth: number,
    top: number,
    scale: number,
    width: number,
    height: number,
    labels: [number, number, number, number][],
  ): void {
    const { layout, weights, tree, matches } = scene;
    const y0 = Math.max(0, Math.round(top * scale));
    const y1 = Math.min(height, Math.round((top + kRowHeight - 1) * scale));
    if (y1 <= y0) return;
    const line = y0 * width;
    const perUnit = width / (view.right - view.left);
    const end = layout.rowStart[depth + 1];
    let filled = 0;
    const grown: [number, number][] = [];
    for (let i = firstVisible(layout, weights.total, depth, view.left); i < end; i++) {
      const node = layout.rowNodes[i];
      const x = layout.x[node];
      if (x >= view.right) break;
      const from = Math.max(0, Math.floor((x - view.left) * perUnit));
      const until = Math.min(width, Math.max(from + 1, Math.floor((x + weights.total[node] - view.left) * perUnit)));
      if (until <= filled) continue;
      const start = Math.max(from, filled);
      const colour = matches
        ? matches[node]
          ? palette.match
          : palette.dim
        : scene.change
          ? changed(palette, scene.change[node])
          : node === 0
            ? palette.root
            : palette.frame[tree.frame[node]];
      // A hairline of paper parts neighbours, where there is room for one.
      const gap = until - start >= 3 * scale && until < width ? Math.round(scale) : 0;
      this.pixels.fill(colour, line + start, line + until - gap);
      filled = until;
      if (scene.change && scene.change[node] > kLeastChange) grown.push([start, until - gap]);
      if ((until - start) / scale >= kMinTextWidth) labels.push([node, start / scale, (until - gap) / scale, top]);
    }
    for (let y = y0 + 1; y < y1; y++) this.pixels.copyWithin(y * width, line, line + width);
    const step = Math.round(kHatch * scale);
    for (const [start, until] of grown)
      for (let y = y0; y < y1; y++)
        for (let x = start + ((step - ((start + y) % step)) % step); x < until; x += step)
          this.pixels[y * width + x] = palette.hatch;
  }

  private paintText(scene: Scene, palette: Palette, labels: [number, number, number, number][]): void {
    const context = this.context;
    context.font = `${kFont}px ${getComputedStyle(this.canvas).getPropertyValue('--mono')}`;
    context.textBaseline = 'middle';
    if (this.charWidth === 0) this.charWidth = context.measureText('0').width || kFont * 0.6;
    for (const [node, from, until, top] of labels) {
      const room = Math.floor((until - from - 2 * kTextInset) / this.charWidth);
      if (room < 3) continue;
      const name = frameName(scene.tree, node);
      const text = name.length <= room ? name : `${name.slice(0, room - 1)}…`;
      context.fillStyle = scene.matches ? (scene.matches[node] ? palette.inkMatch : palette.inkDim) : palette.ink;
      context.fillText(text, from + kTextInset, top + kRowHeight / 2);
    }
  }

  private outline(scene: Scene, view: View, palette: Palette, node: number, thickness: number): void {
    if (node < 0 || !(scene.weights.total[node] > 0)) return;
    const perUnit = view.width / (view.right - view.left);
    const from = Math.max(0, (scene.layout.x[node] - view.left) * perUnit);
    const until = Math.min(view.width, (scene.layout.x[node] + scene.weights.total[node] - view.left) * perUnit);
    if (until <= 0 || from >= view.width) return;
    const depth = scene.layout.depth[node];
    const top = (scene.upward ? scene.layout.rows - 1 - depth : depth) * kRowHeight - view.top;
    this.context.strokeStyle = palette.outline;
    this.context.lineWidth = thickness;
    const inset = thickness / 2;
    this.context.strokeRect(
      from + inset,
      top + inset,
      Math.max(1, until - from - thickness),
      kRowHeight - 1 - thickness,
    );
  }

  private colours(tree: StackTree): Palette {
    if (this.palette && this.paletteFor === tree) return this.palette;
    const style = getComputedStyle(this.canvas);
    const paper = readColour(style.getPropertyValue('--paper'));
    const dark = paper[0] + paper[1] + paper[2] < 384;
    const frame = new Uint32Array(tree.frames.length);
    tree.frames.forEach((f, i) => {
      // Functions of one module differ a little in lightness, so that neighbours can be told apart.
      const nudge = (hash(f.function) % 5) * 0.012;
      const hue = moduleHue(owner(f));
      frame[i] = pack(dark ? hslToRgb(hue, 0.24, 0.27 + nudge) : hslToRgb(hue, 0.42, 0.8 + nudge));
    });
    this.paletteFor = tree;
    this.palette = {
      dark,
      frame,
      paper: pack(paper),
      match: pack(readColour(style.getPropertyValue('--accent'))),
      dim: pack(dark ? [38, 43, 46] : [236, 233, 226]),
      root: pack(dark ? [56, 61, 64] : [222, 219, 211]),
      grown: dark ? [112, 78, 26] : [233, 186, 108],
      shrunk: dark ? [40, 74, 122] : [150, 186, 232],
      same: dark ? [38, 43, 46] : [236, 233, 226],
      hatch: pack(dark ? [160, 116, 48] : [196, 134, 36]),
      ink: style.getPropertyValue('--ink'),
      inkDim: style.getPropertyValue('--ink-soft'),
      inkMatch: style.getPropertyValue('--paper'),
      outline: style.getPropertyValue('--ink'),
    };
    return this.palette;
  }
}

/** From what stayed the same towards what grew or shrank, by how much. */
function changed(palette: Palette, change: number): number {
  if (Math.abs(change) <= kLeastChange) return pack(palette.same);
  const to = change > 0 ? palette.grown : palette.shrunk;
  const part = 0.35 + 0.65 * Math.min(1, Math.abs(change));
  const mix = (i: number): number => Math.round(palette.same[i] + (to[i] - palette.same[i]) * part);
  return pack([mix(0), mix(1), mix(2)]);
}

/** "#rrggbb" or "#rgb", as the tokens are written. */
function readColour(text: string): [number, number, number] {
  const hex = text.trim().replace('#', '');
  const full = hex.length === 3 ? hex.replace(/./g, '$&$&') : hex;
  const value = parseInt(full, 16);
  return [(value >> 16) & 255, (value >> 8) & 255, value & 255];
}

// FlameView: the flame graph as a control. Owns its elements, the zoom and the selection; the data come from outside by
// show(). Mouse: click zooms, click on the background or Esc goes up. Touch: tap selects, a second tap zooms.
// Keyboard: arrows move, Enter zooms, Esc goes up, Home is the root, / searches.

import { h } from '../dom';
import { bytes, plural, share } from '../format';
import { layOut, Layout, nodeAt, Order } from '../profile/layout';
import { search } from '../profile/search';
import { frameName, pathTo, StackTree, Weights } from '../profile/tree';
import { FlamePainter, kRowHeight, Scene, View } from './flame_paint';

const kAnimation_ms = 120;
/** Animation is skipped when a draw takes longer than this: motion must never cost the reader time. */
const kSlowDraw_ms = 12;
const kMaxHeight = 720;

export class FlameView {
  readonly element: HTMLElement;
  private readonly canvas = h('canvas', {
    tabindex: 0, role: 'application', 'aria-roledescription': 'flame graph',
    'aria-label': 'Flame graph. Arrow keys move between frames, Enter zooms, Escape goes up, slash searches.',
  });
  private readonly spacer = h('div', { class: 'flame-spacer' }, this.canvas);
  private readonly scroller = h('div', { class: 'flame-scroller' }, this.spacer);
  private readonly trail = h('nav', { class: 'flame-trail small', 'aria-label': 'Zoomed path' });
  private readonly details = h('div', { class: 'flame-details', role: 'status', 'aria-live': 'polite' });
  private readonly tip = h('div', { class: 'flame-tip', hidden: true, 'aria-hidden': 'true' });
  private readonly box = h('input', { type: 'search', placeholder: 'Search function, file, module', 'aria-label': 'Search frames',
    spellcheck: 'false', autocomplete: 'off' });
  private readonly found = h('output', { class: 'small soft', 'aria-live': 'polite' });
  private readonly painter = new FlamePainter(this.canvas);
  private scene: Scene | null = null;
  private view: View = { left: 0, right: 1, top: 0, width: 1, height: 1, selected: 0, hovered: -1, drawText: true };
  private zoomed = 0;
  private frameRequest = 0;
  private animation = 0;
  private what = 'alive at the heap peak';
  private printing = false;

  constructor() {
    this.element = h('div', { class: 'flame' },
      h('div', { class: 'flame-bar screen-only' },
        h('label', { class: 'flame-search' }, this.box), this.found, this.trail),
      this.scroller, this.details, this.tip);
    this.listen();
  }

  /** Shows a tree with these weights; keeps nothing of the one before. `what` says what the bytes are. */
  show(tree: StackTree, weights: Weights, order: Order, what: string): void {
    const rank = order === 'name' ? nameRank(tree) : undefined;
    const layout = layOut(tree.parent, weights, order, rank);
    this.scene = { tree, weights, layout, matches: null, upward: false };
    this.what = what;
    this.zoomed = 0;
    this.view = { ...this.view, left: 0, right: Math.max(weights.total[0] ?? 0, 1), top: 0, selected: 0, hovered: -1 };
    this.painter.forgetColours();
    this.find(this.box.value);
    this.resize();
    this.describe();
  }

  /** Zooms so that `node` spans the width, selects it, and brings its row into sight. */
  zoom(node: number): void {
    const scene = this.scene;
    if (!scene || node < 0 || !(scene.weights.total[node] > 0)) return;
    this.zoomed = node;
    this.view.selected = node;
    this.moveTo(scene.layout.x[node], scene.layout.x[node] + scene.weights.total[node]);
    this.bringIntoSight(node);
    this.describe();
  }

  select(node: number): void {
    const scene = this.scene;
    if (!scene || node < 0 || !(scene.weights.total[node] > 0)) return;
    this.view.selected = node;
    const x = scene.layout.x[node];
    if (x < this.view.left || x + scene.weights.total[node] > this.view.right) {
      // A move out of the zoomed part zooms out just far enough.
      let around = this.zoomed;
      while (around > 0 && !(scene.layout.x[around] <= x && x < scene.layout.x[around] + scene.weights.total[around])) {
        around = scene.tree.parent[around];
      }
      this.zoomed = Math.max(around, 0);
      this.moveTo(scene.layout.x[this.zoomed], scene.layout.x[this.zoomed] + scene.weights.total[this.zoomed]);
    }
    this.bringIntoSight(node);
    this.describe();
    this.draw();
  }

  up(): void {
    if (this.scene && this.zoomed > 0) this.zoom(this.scene.tree.parent[this.zoomed]);
  }

  focus(): void {
    this.canvas.focus({ preventScroll: true });
    this.element.scrollIntoView({ block: 'nearest' });
  }

  focusSearch(): void {
    this.box.focus();
  }

  recolour(): void {
    this.painter.forgetColours();
    this.draw();
  }

  private find(text: string): void {
    const scene = this.scene;
    if (!scene) return;
    const looking = text.trim() !== '';
    const result = search(scene.tree, scene.weights.total, text);
    scene.matches = looking ? result.node : null;
    this.found.textContent = !looking ? ''
      : result.frames === 0 ? 'no frame matches'
        : `${plural(result.frames, 'frame')}, ${bytes(result.weight)}, ${share(result.weight, scene.weights.total[0])}`;
    this.draw();
  }

  private moveTo(left: number, right: number): void {
    const from = { left: this.view.left, right: this.view.right };
    cancelAnimationFrame(this.animation);
    const still = matchMedia('(prefers-reduced-motion: reduce)').matches || this.painter.lastDraw_ms > kSlowDraw_ms;
    if (still) {
      this.view.left = left;
      this.view.right = right;
      this.draw();
      return;
    }
    const started = performance.now();
    const step = (now: number): void => {
      const done = Math.min(1, Math.max(0, (now - started) / kAnimation_ms));
      const eased = 1 - (1 - done) * (1 - done);
      this.view.left = from.left + (left - from.left) * eased;
      this.view.right = from.right + (right - from.right) * eased;
      this.view.drawText = done === 1;
      this.paint();
      if (done < 1) this.animation = requestAnimationFrame(step);
    };
    this.animation = requestAnimationFrame(step);
  }

  private row(node: number): number {
    const { layout, upward } = this.scene!;
    return upward ? layout.rows - 1 - layout.depth[node] : layout.depth[node];
  }

  private bringIntoSight(node: number): void {
    const top = this.row(node) * kRowHeight;
    const { scrollTop, clientHeight } = this.scroller;
    if (top < scrollTop) this.scroller.scrollTop = Math.max(0, top - 2 * kRowHeight);
    else if (top + kRowHeight > scrollTop + clientHeight) this.scroller.scrollTop = top - clientHeight + 4 * kRowHeight;
  }

  private draw(): void {
    if (this.frameRequest) return;
    this.frameRequest = requestAnimationFrame(() => {
      this.frameRequest = 0;
      this.view.drawText = true;
      this.paint();
    });
  }

  private paint(): void {
    if (!this.scene) return;
    this.view.top = this.scroller.scrollTop;
    this.painter.paint(this.scene, this.view);
  }

  private resize(): void {
    if (!this.scene) return;
    const whole = this.scene.layout.rows * kRowHeight;
    const height = this.printing ? whole : Math.min(whole, kMaxHeight, Math.max(240, window.innerHeight - 160));
    this.spacer.style.height = `${whole}px`;
    this.scroller.style.height = `${height}px`;
    this.canvas.style.height = `${height}px`;
    this.view.height = height;
    this.view.width = Math.max(1, this.spacer.clientWidth);
    this.draw();
  }

  private nodeUnder(event: MouseEvent): number {
    const scene = this.scene;
    if (!scene) return -1;
    const box = this.canvas.getBoundingClientRect();
    const row = Math.floor((event.clientY - box.top + this.scroller.scrollTop) / kRowHeight);
    const depth = scene.upward ? scene.layout.rows - 1 - row : row;
    const at = this.view.left + ((event.clientX - box.left) / box.width) * (this.view.right - this.view.left);
    return nodeAt(scene.layout, scene.weights.total, depth, at);
  }

  private neighbour(key: string): number {
    const { tree, layout, weights } = this.scene!;
    const node = this.view.selected;
    const depth = layout.depth[node];
    if (key === 'Home') return 0;
    if (key === 'ArrowUp' || key === 'ArrowDown') {
      const towardsRoot = (key === 'ArrowUp') !== this.scene!.upward;
      if (towardsRoot) return tree.parent[node];
      if (depth + 1 >= layout.rows) return -1;
      // The heaviest child: the way to the bytes.
      let best = -1;
      for (let i = layout.rowStart[depth + 1]; i < layout.rowStart[depth + 2]; i++) {
        const child = layout.rowNodes[i];
        if (tree.parent[child] === node && (best < 0 || weights.total[child] > weights.total[best])) best = child;
      }
      return best;
    }
    const step = key === 'ArrowLeft' ? -1 : 1;
    const index = rowIndex(layout, weights.total, node) + step;
    if (index < layout.rowStart[depth] || index >= layout.rowStart[depth + 1]) return -1;
    return layout.rowNodes[index];
  }

  private describe(): void {
    const scene = this.scene;
    if (!scene) return;
    this.details.replaceChildren(...this.facts(this.view.selected));
    const path = pathTo(scene.tree.parent, this.zoomed);
    this.trail.hidden = path.length < 2;
    const shown = path.length > 5 ? [path[0], -1, ...path.slice(-3)] : path;
    this.trail.replaceChildren(...shown.flatMap((node, i) => {
      if (node < 0) return [document.createTextNode(' › … ')];
      const last = i === shown.length - 1;
      const item = last ? h('span', { 'aria-current': 'location' }, frameName(scene.tree, node))
        : h('button', { class: 'plain', type: 'button', click: () => this.zoom(node) }, frameName(scene.tree, node));
      return i === 0 || shown[i - 1] < 0 ? [item] : [document.createTextNode(' › '), item];
    }));
  }

  private facts(node: number): Node[] {
    const { tree, weights } = this.scene!;
    const frame = node > 0 ? tree.frames[tree.frame[node]] : null;
    const whole = weights.total[0];
    const total = weights.total[node];
    const self = weights.self[node];
    const own = self > 0 && self < total ? `, ${bytes(self)} of it directly here` : '';
    const place = frame ? [frame.file && `${frame.file}${frame.line > 0 ? `:${frame.line}` : ''}`, frame.module]
      .filter(Boolean).join(' · ') : '';
    return [
      h('div', { class: 'flame-name mono' }, frameName(tree, node)),
      h('div', { class: 'flame-size' }, `${bytes(total)} ${this.what}, ${share(total, whole)}, `
        + `${plural(weights.totalBlocks[node], 'block')}${own}`),
      h('div', { class: 'flame-place mono soft' }, place || 'every stack together'),
      ...(frame?.source ? [h('pre', { class: 'flame-source' }, frame.source.trim())] : []),
    ];
  }

  private showTip(event: MouseEvent, node: number): void {
    if (node < 0) {
      this.tip.hidden = true;
      return;
    }
    this.tip.replaceChildren(...this.facts(node));
    this.tip.hidden = false;
    const box = this.element.getBoundingClientRect();
    const width = this.tip.offsetWidth;
    const x = Math.min(event.clientX - box.left + 14, box.width - width);
    const below = event.clientY + 22 + this.tip.offsetHeight < window.innerHeight;
    this.tip.style.left = `${Math.max(0, x)}px`;
    this.tip.style.top = `${event.clientY - box.top + (below ? 18 : -this.tip.offsetHeight - 10)}px`;
  }

  private listen(): void {
    this.box.addEventListener('input', () => this.find(this.box.value));
    this.box.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape') return;
      event.stopPropagation();
      this.box.value = '';
      this.find('');
      this.canvas.focus({ preventScroll: true });
    });
    this.canvas.addEventListener('keydown', (event) => this.key(event));
    this.canvas.addEventListener('focus', () => this.describe());
    this.scroller.addEventListener('scroll', () => this.draw());
    this.canvas.addEventListener('pointermove', (event) => {
      if (event.pointerType === 'touch') return;
      const node = this.nodeUnder(event);
      this.showTip(event, node);
      this.canvas.style.cursor = node >= 0 ? 'pointer' : 'default';
      if (node === this.view.hovered) return;
      this.view.hovered = node;
      this.draw();
    });
    this.canvas.addEventListener('pointerleave', () => {
      this.tip.hidden = true;
      this.view.hovered = -1;
      this.draw();
    });
    this.canvas.addEventListener('click', (event) => {
      const node = this.nodeUnder(event);
      const touched = (event as PointerEvent).pointerType === 'touch';
      if (node < 0) this.up();
      else if (touched && node !== this.view.selected) this.select(node);
      else this.zoom(node);
    });
    new ResizeObserver(() => this.resize()).observe(this.spacer);
    window.addEventListener('resize', () => this.resize());
    const print = (printing: boolean) => () => {
      this.printing = printing;
      this.resize();
      cancelAnimationFrame(this.frameRequest);
      this.frameRequest = 0;
      this.painter.forgetColours();
      this.paint();
    };
    window.addEventListener('beforeprint', print(true));
    window.addEventListener('afterprint', print(false));
  }

  private key(event: KeyboardEvent): void {
    if (!this.scene || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key.startsWith('Arrow') || event.key === 'Home') this.select(this.neighbour(event.key));
    else if (event.key === 'Enter' || event.key === ' ') this.zoom(this.view.selected);
    else if (event.key === 'Escape') this.up();
    else return;
    event.preventDefault();
  }
}

/** Frames by module, then function: the same sort on every page. */
function nameRank(tree: StackTree): Int32Array {
  const order = tree.frames.map((_, i) => i);
  const key = tree.frames.map((f) => `${f.function}\u0000${f.file}\u0000${f.line}`);
  order.sort((a, b) => (key[a] < key[b] ? -1 : key[a] > key[b] ? 1 : 0));
  const ofFrame = new Int32Array(order.length);
  order.forEach((frame, i) => { ofFrame[frame] = i; });
  return Int32Array.from(tree.frame, (frame) => (frame >= 0 ? ofFrame[frame] : -1));
}

function rowIndex(layout: Layout, total: Float64Array, node: number): number {
  const depth = layout.depth[node];
  let low = layout.rowStart[depth];
  let high = layout.rowStart[depth + 1];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (layout.x[layout.rowNodes[middle]] < layout.x[node]) low = middle + 1;
    else high = middle;
  }
  while (low < layout.rowStart[depth + 1] - 1 && layout.rowNodes[low] !== node && total[layout.rowNodes[low]] === 0) low += 1;
  return low;
}

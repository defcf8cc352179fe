// FlameView: the flame graph as a control. Owns its elements, the zoom and the selection; the data come from outside by
// show(), the search by find(). Mouse: click zooms, click on the background or Esc goes up. Touch: tap selects, a second tap
// zooms. Keyboard: arrows move, Enter zooms, Esc goes up, Home is the root.

import { h } from '../dom';
import { ChildIndex, layOut, nodeAt } from '../profile/layout';
import { neighbour } from './flame_neighbour';
import { search } from '../profile/search';
import { frameName, pathTo, StackTree, Weights } from '../profile/tree';
import { FlameAccess } from './flame_access';
import { copyStack, facts, Meaning } from './flame_facts';
import { magnified, panned, Span } from './flame_span';
import { FlameTip } from './flame_tip';
import { FlamePainter, kRowHeight, Scene, View } from './flame_paint';

const kAnimation_ms = 120;
/** Animation is skipped when a draw takes longer than this: motion must never cost the reader time. */
const kSlowDraw_ms = 12;
/** Deeper graphs scroll inside: a bitmap has its limits. */
const kMaxHeight = 3000;

export interface FlameContent {
  tree: StackTree;
  children: ChildIndex;
  weights: Weights;
  /** Heaviest siblings first, else by name. */
  heavy: boolean;
  /** Root at the bottom. */
  upward: boolean;
  meaning: Meaning;
  /** Of each node how it changed, from -1 (gone) to 1 (new); null: frames have their modules' colours. */
  change?: Float32Array | null;
}

export interface Found {
  frames: number;
  weight: number;
  /** Why what was typed cannot be looked for. */
  error: string | null;
}

export class FlameView {
  readonly element: HTMLElement;
  /** Called when the reader, not the program, moved. */
  onMove: (node: number, zoomed: boolean) => void = () => {};
  private readonly canvas = h('canvas', {});
  private readonly spacer = h('div', { class: 'flame-spacer', 'aria-hidden': 'true' }, this.canvas);
  private readonly scroller = h(
    'div',
    {
      class: 'flame-scroller',
      tabindex: 0,
      role: 'tree',
      'aria-label': 'Flame graph. Arrow keys move between frames, Enter zooms, Escape goes up, slash searches.',
    },
    this.spacer,
  );
  private readonly access = new FlameAccess(this.scroller);
  private readonly trail = h('nav', { class: 'flame-trail small', 'aria-label': 'Zoomed path', hidden: true });
  private readonly details = h('div', { class: 'flame-details', role: 'status', 'aria-live': 'polite' });
  private readonly tip = new FlameTip();
  private readonly empty = h('p', { class: 'flame-empty soft', hidden: true });
  private readonly painter = new FlamePainter(this.canvas);
  private scene: Scene | null = null;
  private children: ChildIndex | null = null;
  private view: View = { left: 0, right: 1, top: 0, width: 1, height: 1, selected: 0, hovered: -1, drawText: true };
  private zoomed = 0;
  private frameRequest = 0;
  private animation = 0;
  private meaning: Meaning = { what: '', one: 'block', many: 'blocks' };
  private printing = false;
  private painted = false;

  constructor() {
    this.scroller.append(this.access.list);
    this.element = h('div', { class: 'flame' }, this.trail, this.empty, this.scroller, this.details, this.tip.element);
    this.listen();
  }

  private get span(): Span {
    return [this.view.left, this.view.right, Math.max(this.scene?.weights.total[0] ?? 1, 1)];
  }

  get selected(): number {
    return this.view.selected;
  }

  /** Shows a tree with these weights. Zoom and selection stay where the tree is the one before and the frame still weighs. */
  show(content: FlameContent): void {
    const { tree, weights } = content;
    const same = this.scene?.tree === tree;
    const layout = layOut(content.children, weights, content.heavy);
    const turned = this.scene?.upward !== content.upward;
    this.scene = {
      tree,
      weights,
      layout,
      matches: same ? this.scene!.matches : null,
      upward: content.upward,
      change: content.change ?? null,
    };
    this.children = content.children;
    this.meaning = content.meaning;
    const still = (node: number): number => (same && weights.total[node] > 0 ? node : 0);
    this.zoomed = still(this.zoomed);
    this.view.selected = still(this.view.selected);
    this.view.hovered = -1;
    this.tip.hide();
    const nothing = !(weights.total[0] > 0);
    this.empty.hidden = !nothing;
    this.scroller.hidden = nothing;
    this.details.hidden = nothing;
    this.empty.textContent = `There is nothing here: 0 bytes ${content.meaning.what}.`;
    cancelAnimationFrame(this.animation);
    this.view.left = layout.x[this.zoomed] ?? 0;
    this.view.right = this.view.left + Math.max(weights.total[this.zoomed] ?? 0, 1);
    if (!same) this.painter.forgetColours();
    this.resize();
    if (turned) this.scroller.scrollTop = content.upward ? this.scroller.scrollHeight : 0;
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
    if (this.scene && this.zoomed > 0) this.zoomByHand(this.scene.tree.parent[this.zoomed]);
  }

  private zoomByHand(node: number): void {
    this.zoom(node);
    this.scrollPageTo(node);
    this.onMove(this.view.selected, true);
  }

  private selectByHand(node: number): void {
    this.select(node);
    this.scrollPageTo(node);
    this.onMove(this.view.selected, false);
  }

  focus(): void {
    this.scroller.focus({ preventScroll: true });
    this.scrollPageTo(this.view.selected);
  }

  /** Selects the next frame that matches the search, row by row. */
  nextMatch(step: number): void {
    const { scene } = this;
    if (!scene?.matches) return;
    const { rowNodes } = scene.layout;
    const n = rowNodes.length;
    const at = rowNodes.indexOf(this.view.selected);
    for (let i = 1; i <= n; i++) {
      const node = rowNodes[(((at + i * step) % n) + n) % n];
      if (!scene.matches[node]) continue;
      this.selectByHand(node);
      return;
    }
  }

  /** Brings the row of a node into the window, where the page scrolls. */
  private scrollPageTo(node: number): void {
    if (!this.scene || node < 0) return;
    const top = this.scroller.getBoundingClientRect().top + this.row(node) * kRowHeight - this.scroller.scrollTop;
    const below = top + 3 * kRowHeight - window.innerHeight;
    if (top < kRowHeight) window.scrollBy(0, top - 3 * kRowHeight);
    else if (below > 0) window.scrollBy(0, below);
  }

  private look([left, right]: Span): void {
    this.view.left = left;
    this.view.right = right;
    this.draw();
  }

  recolour(): void {
    this.painter.forgetColours();
    this.draw();
  }

  /** Marks the frames that match; null: nothing is looked for. */
  find(text: string): Found | null {
    const scene = this.scene;
    if (!scene) return null;
    const looking = text.trim() !== '';
    const result = search(scene.tree, scene.weights.total, text);
    scene.matches = looking ? result.node : null;
    this.draw();
    return looking ? result : null;
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
    if (!this.painted) {
      this.painted = true;
      performance.mark('chunkmark-painted');
    }
  }

  private resize(): void {
    if (!this.scene) return;
    const whole = this.scene.layout.rows * kRowHeight;
    const height = this.printing ? whole : Math.min(whole, kMaxHeight);
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

  private describe(): void {
    const { scene, children } = this;
    if (!scene || !children) return;
    this.details.replaceChildren(
      ...facts(scene.tree, scene.weights, this.view.selected, this.meaning),
      ...(this.view.selected > 0 ? [copyStack(scene.tree, this.view.selected)] : []),
    );
    this.access.show(scene.tree, children, scene.weights, this.view.selected);
    const path = pathTo(scene.tree.parent, this.zoomed);
    this.trail.hidden = path.length < 2;
    const shown = path.length > 5 ? [path[0], -1, ...path.slice(-3)] : path;
    this.trail.replaceChildren(
      ...shown.flatMap((node, i) => {
        if (node < 0) return [document.createTextNode(' › … ')];
        const last = i === shown.length - 1;
        const item = last
          ? h('span', { 'aria-current': 'location' }, frameName(scene.tree, node))
          : h(
              'button',
              { class: 'plain', type: 'button', click: () => this.zoomByHand(node) },
              frameName(scene.tree, node),
            );
        return i === 0 || shown[i - 1] < 0 ? [item] : [document.createTextNode(' › '), item];
      }),
    );
  }

  private showTip(event: MouseEvent, node: number): void {
    const { scene } = this;
    const words = scene && node >= 0 ? facts(scene.tree, scene.weights, node, this.meaning) : [];
    this.tip.show(event, this.element.getBoundingClientRect(), words);
  }

  private listen(): void {
    this.scroller.addEventListener('keydown', (event) => this.key(event));
    this.scroller.addEventListener('scroll', () => this.draw());
    this.canvas.addEventListener(
      'wheel',
      (event) => {
        if (!event.ctrlKey) return; // the page's own
        event.preventDefault();
        const box = this.canvas.getBoundingClientRect();
        this.look(magnified(this.span, event.deltaY < 0, (event.clientX - box.left) / box.width));
      },
      { passive: false },
    );
    let pointer: MouseEvent | null = null;
    // What scrolls away under the pointer is no longer what the tip says.
    window.addEventListener(
      'scroll',
      () => pointer && this.tip.isShown && this.showTip(pointer, this.nodeUnder(pointer)),
      {
        passive: true,
      },
    );
    this.canvas.addEventListener('pointermove', (event) => {
      if (event.pointerType === 'touch') return;
      pointer = event;
      const node = this.nodeUnder(event);
      this.showTip(event, node);
      this.canvas.style.cursor = node >= 0 ? 'pointer' : 'default';
      if (node === this.view.hovered) return;
      this.view.hovered = node;
      this.draw();
    });
    this.canvas.addEventListener('pointerleave', () => {
      this.tip.hide();
      this.view.hovered = -1;
      this.draw();
    });
    this.canvas.addEventListener('click', (event) => {
      const node = this.nodeUnder(event);
      const touched = (event as PointerEvent).pointerType === 'touch';
      if (node < 0) this.up();
      else if (touched && node !== this.view.selected) this.selectByHand(node);
      else this.zoomByHand(node);
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
    if (event.shiftKey && (event.key === 'ArrowLeft' || event.key === 'ArrowRight'))
      this.look(panned(this.span, event.key === 'ArrowRight'));
    else if (event.key === '+' || event.key === '-') this.look(magnified(this.span, event.key === '+', 0.5));
    else if (event.key === 'Home') this.zoomByHand(0);
    else if (event.key.startsWith('Arrow')) this.selectByHand(neighbour(this.scene, this.view.selected, event.key));
    else if (event.key === 'Enter' || event.key === ' ') this.zoomByHand(this.view.selected);
    else if (event.key === 'Escape') this.up();
    else return;
    event.preventDefault();
  }
}

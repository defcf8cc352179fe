// ReportModel: the answer to the reader's state: which tree is shown and what it weighs. Every part of the page takes its
// numbers from here, so they agree. What does not depend on the last change is kept from before.

import { drawnHeap, Profile, Series } from '../profile/data';
import { FunctionIndex, indexFunctions } from '../profile/functions';
import { PathIdentity } from '../profile/identity';
import { ChildIndex, indexChildren } from '../profile/layout';
import { Columns, heapTimeline, HeapTimeline, select, Selection } from '../profile/range';
import { carry, chain, collapseRecursion, hideFrames, invert, isInterpreter, Transformed } from '../profile/transform';
import { StackTree, weigh, Weights } from '../profile/tree';
import { State } from './state';

/** A tree with what is worked out about it once. */
class Prepared {
  private readonly kept: { children?: ChildIndex; functions?: FunctionIndex; identity?: PathIdentity } = {};
  constructor(
    readonly tree: StackTree,
    readonly map: Int32Array | null,
  ) {}

  get children(): ChildIndex {
    return (this.kept.children ??= indexChildren(this.tree));
  }
  get functions(): FunctionIndex {
    return (this.kept.functions ??= indexFunctions(this.tree));
  }
  get identity(): PathIdentity {
    return (this.kept.identity ??= new PathIdentity(this.tree));
  }
}

export interface Shown {
  prepared: Prepared;
  weights: Weights;
}

export class ReportModel {
  readonly defaults: State;
  private readonly bases = new Map<string, Prepared>();
  private readonly timelines = new Map<string, HeapTimeline>();
  private inverted: { of: Prepared; selection: Selection; prepared: Prepared } | null = null;
  private drawn: { of: HeapTimeline; series: Series } | null = null;
  private detail: { from: number; to: number; columns: Columns } | null = null;
  private last: { key: string; selection: Selection } | null = null;

  constructor(readonly profile: Profile) {
    const { figures, columns, tick_ms, end } = profile;
    const tick = (time_ms: number): number => Math.min(end, Math.max(0, Math.round(time_ms / tick_ms)));
    const window = columns ? figures.window : null;
    this.defaults = {
      from: window ? tick(window.begin_ms) : 0,
      to: window ? tick(window.end_ms) : end,
      mode: 'peak',
      view: 'icicle',
      query: '',
      threads: null,
      collapse: false,
      hide: true,
      frame: '0',
    };
  }

  /** Columns of a range in more detail than those of the whole: what lies within it is answered by them. */
  setDetail(from: number, to: number, columns: Columns): void {
    this.detail = { from, to, columns };
    this.last = null;
  }

  /** Whether the range is answered with all the detail that there is. */
  hasDetail(from: number, to: number): boolean {
    return this.detail !== null && this.detail.from === from && this.detail.to === to;
  }

  /** Those that answer for a range; null where a capture has none. */
  columns({ from, to }: State): Columns | null {
    const { detail } = this;
    return detail && from >= detail.from && to <= detail.to ? detail.columns : this.profile.columns;
  }

  /** What each stack of the capture weighs in the chosen range. */
  selection(state: State): Selection {
    const { peak, tree } = this.profile;
    const columns = this.columns(state);
    if (!columns) return peak!;
    const key = [state.mode, state.from, state.to, state.threads?.join('.') ?? ''].join(' ');
    if (this.last?.key !== key) {
      const threads = this.mask(state.threads);
      const query = { mode: state.mode, from: state.from, to: state.to, threads };
      const timeline =
        columns === this.profile.columns ? this.timeline(state.threads) : heapTimeline(columns.intervals, threads);
      this.last = { key, selection: select(columns, tree.parent.length, query, timeline) };
    }
    return this.last.selection;
  }

  /** The tree as it is turned and thinned, without inversion: what sums by function are made on. */
  plain(state: State): Shown {
    return this.weighed(this.base(state), this.selection(state));
  }

  shown(state: State): Shown {
    if (state.view !== 'inverted') return this.plain(state);
    const { prepared, weights } = this.plain(state);
    const selection = this.selection(state);
    if (this.inverted?.of !== prepared || this.inverted.selection !== selection) {
      const { tree, map } = invert(prepared.tree, weights.self);
      this.inverted = { of: prepared, selection, prepared: new Prepared(tree, map) };
    }
    const { tree, map } = this.inverted.prepared;
    const n = tree.parent.length;
    return {
      prepared: this.inverted.prepared,
      weights: weigh(tree, carry(map!, weights.self, n), carry(map!, weights.selfBlocks, n)),
    };
  }

  /** Heap line of the chart: of the columns where there are any, else as the writer drew it. */
  heap(threads: number[] | null): Series {
    const { columns, tick_ms, end, heap } = this.profile;
    if (!columns) return heap;
    const timeline = this.timeline(threads);
    if (this.drawn?.of !== timeline) this.drawn = { of: timeline, series: drawnHeap(timeline, tick_ms, end) };
    return this.drawn.series;
  }

  timeline(threads: number[] | null): HeapTimeline {
    const key = threads?.join('.') ?? '';
    let found = this.timelines.get(key);
    if (!found) {
      found = heapTimeline(this.profile.columns!.intervals, this.mask(threads));
      // One beside the whole is enough: a filter is changed, not gone back to.
      for (const old of this.timelines.keys()) if (old !== '') this.timelines.delete(old);
      this.timelines.set(key, found);
    }
    return found;
  }

  mask(threads: number[] | null): Uint8Array | null {
    return (
      threads &&
      Uint8Array.from({ length: Math.max(1, this.profile.threads.length) }, (_, i) => (threads.includes(i) ? 1 : 0))
    );
  }

  private base(state: State): Prepared {
    const key = `${state.hide}${state.collapse}`;
    let found = this.bases.get(key);
    if (!found) {
      const { tree } = this.profile;
      let done: Transformed | null = state.hide ? hideFrames(tree, isInterpreter) : null;
      if (state.collapse) done = done ? chain(done, collapseRecursion) : collapseRecursion(tree);
      found = new Prepared(done?.tree ?? tree, done?.map ?? null);
      this.bases.set(key, found);
    }
    return found;
  }

  private weighed(prepared: Prepared, selection: Selection): Shown {
    const { tree, map } = prepared;
    const n = tree.parent.length;
    if (!map) return { prepared, weights: weigh(tree, selection.selfBytes, selection.selfBlocks) };
    return { prepared, weights: weigh(tree, carry(map, selection.selfBytes, n), carry(map, selection.selfBlocks, n)) };
  }
}

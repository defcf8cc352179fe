// ReportView: one report as a page: makes the parts, keeps the reader's state, and on every change asks the model once and
// tells every part. The flame graph follows at the next frame; tables follow when the reader pauses.

import { h } from '../dom';
import { bytes, duration, plural, share } from '../format';
import { BufferFinder } from '../profile/buffers';
import { peakIndex, Profile, Series } from '../profile/data';
import { functionRows } from '../profile/functions';
import { entryAt, Mode, Selection } from '../profile/range';
import { statistics } from '../profile/statistics';
import { commonNode } from '../profile/tree';
import { leastInverted } from '../profile/transform';
import { Buffer } from '../record';
import { buffersTable, counted, label, libraryOf, namedBuffers, Places, sinceOf, sourceOf } from './buffers';
import { choice, Keys, matchButtons, threadFilter, toggle } from './controls';
import { kMeanings, Meaning } from './flame_facts';
import { FlameContent, FlameView } from './flame';
import { flameExports } from './flame_exports';
import { FunctionTable } from './function_table';
import { ReportModel, Shown } from './model';
import { NeighboursView } from './neighbours_view';
import { RangeBar } from './range_bar';
import { State, ViewName } from './state';
import { statisticsView } from './statistics_view';
import { TimelineView } from './timeline';

/** Tables wait this long after the last change: they are read, not watched. */
const kPause_ms = 150;

const kModes: [Mode, string][] = [
  ['peak', 'Alive at peak'],
  ['live', 'Alive at end'],
  ['allocated', 'Allocated'],
  ['copied', 'Copied'],
  ['transferred', 'Transferred'],
];
const kViews: [ViewName, string][] = [
  ['icicle', 'Icicle'],
  ['flame', 'Flame'],
  ['heavy', 'Left-heavy'],
  ['inverted', 'Inverted'],
];

export class ReportView {
  readonly timeline: TimelineView;
  readonly rangeBar: RangeBar | null;
  readonly flame = new FlameView();
  readonly toolbar: HTMLElement;
  readonly functions: FunctionTable;
  readonly neighbours: NeighboursView;
  readonly statistics = h('div', {});
  readonly help = new Keys();
  readonly total = h('p', {}, '');
  /** Called after a change of state; `step` when a reader would want to come back to what was before. */
  onState: (step: boolean) => void = () => {};
  private state: State;
  private request = 0;
  private pause: ReturnType<typeof setTimeout> | undefined;
  private readonly search = h('input', {
    type: 'search',
    placeholder: 'Search function, file, module, or /regular expression/',
    'aria-label': 'Search frames',
    spellcheck: 'false',
    autocomplete: 'off',
  });
  private readonly found = h('output', { class: 'small soft', 'aria-live': 'polite' });
  private readonly controls: { set: (state: State) => void }[] = [];
  private readonly finder: BufferFinder;
  private readonly places: Places;

  constructor(
    readonly profile: Profile,
    readonly model: ReportModel,
  ) {
    this.state = { ...model.defaults };
    this.finder = new BufferFinder(profile.tree, model.plain({ ...model.defaults, hide: false }).prepared.children);
    const node = (buffer: Buffer): number => this.finder.find(buffer);
    const siteOf = (buffer: Buffer): string => label(buffer.site ?? buffer.stack[0] ?? '').name;
    this.places = {
      node,
      since: sinceOf(profile, node),
      zoom: (at) => this.reveal(at),
      source: (buffer) => sourceOf(profile.tree, node(buffer), siteOf(buffer)),
      library: (buffer) => libraryOf(profile, node(buffer), siteOf(buffer)),
    };
    this.timeline = new TimelineView(
      profile,
      profile.columns ? (from, to, final) => this.setRange(from, to, final) : null,
    );
    this.rangeBar = profile.columns
      ? new RangeBar(this.timeline.end_ms, this.jumps(), (from, to) => this.setRange(from, to, true))
      : null;
    this.functions = new FunctionTable((id) => this.neighbours.choose(id));
    this.neighbours = new NeighboursView((name) => {
      this.change({ query: name }, true);
      this.flame.focus();
    });
    this.toolbar = this.makeToolbar();
    this.flame.onMove = (node, zoomed) => this.moved(node, zoomed);
    this.search.addEventListener('input', () => this.change({ query: this.search.value }, false));
    this.search.addEventListener('keydown', (event) => {
      if (event.key === 'Enter') this.flame.nextMatch(event.shiftKey ? -1 : 1);
      if (event.key !== 'Escape') return;
      event.stopPropagation();
      this.change({ query: '' }, false);
      this.flame.focus();
    });
  }

  get current(): State {
    return this.state;
  }

  /** Shows a state that came from a link or from going back. */
  restore(state: State): void {
    this.state = { ...state };
    const { prepared, weights } = this.model.shown(this.state);
    const node = state.frame === '0' ? 0 : prepared.identity.find(state.frame);
    this.draw();
    if (node >= 0 && weights.total[node] > 0) this.flame.zoom(node);
    if (this.profile.columns) this.timeline.setHeap(this.model.heap(this.state.threads));
    // However slow the machine, the picture comes first.
    requestAnimationFrame(() => this.later());
  }

  change(changed: Partial<State>, step: boolean): void {
    const threads = 'threads' in changed && changed.threads?.join('.') !== this.state.threads?.join('.');
    this.state = { ...this.state, ...changed };
    // Another tree: the frame that was zoomed has no place in it.
    if ('view' in changed || 'collapse' in changed || 'hide' in changed) this.state.frame = '0';
    if (threads) this.timeline.setHeap(this.model.heap(this.state.threads));
    this.request ||= requestAnimationFrame(() => {
      this.request = 0;
      this.draw();
    });
    this.later();
    this.onState(step);
  }

  /** Tables after the picture. */
  private later(): void {
    clearTimeout(this.pause);
    this.pause = setTimeout(() => this.drawTables(), kPause_ms);
  }

  focusSearch(): void {
    this.search.focus();
    this.search.select();
  }

  /** A key of the whole page; true when it was one. */
  key(key: string): boolean {
    if (key === '/') this.focusSearch();
    else if (key === 'p' && this.rangeBar) this.jumpToHeapPeak();
    else if ((key === '[' || key === ']') && this.rangeBar) this.shift(key === '[' ? -1 : 1);
    else if (key === '?') this.help.show();
    else if (key === 'n' || key === 'N') this.flame.nextMatch(key === 'n' ? 1 : -1);
    else return false;
    return true;
  }

  buffers(): HTMLElement {
    return buffersTable(this.profile.figures, this.places);
  }

  named(): HTMLElement | null {
    return namedBuffers(this.profile.figures, this.places);
  }

  /** The frame, as a state names it, below which all buffers stand that count as copies; '0' where there are none. */
  copies(): string {
    const { tree } = this.profile;
    const nodes = counted(this.profile.figures)
      .map(({ buffer }) => this.places.node(buffer))
      .filter((node) => node > 0);
    const shared = commonNode(tree.parent, nodes);
    const { prepared } = this.model.plain(this.model.defaults);
    return shared > 0 ? prepared.identity.of(prepared.map ? prepared.map[shared] : shared) : '0';
  }

  /** Shows a node of the capture's own tree with the bytes that the figures say of it: hidden frames may have mixed them. */
  reveal(node: number): void {
    const { defaults } = this.model;
    const { from, to, threads } = defaults;
    const view = this.state.view === 'inverted' ? 'icicle' : this.state.view;
    const state: State = { ...this.state, view, mode: 'peak', from, to, threads };
    const weightIn = (hide: boolean): number => {
      const { prepared, weights } = this.model.plain({ ...state, hide });
      return weights.total[prepared.map ? prepared.map[node] : node];
    };
    this.change({ ...state, hide: state.hide && weightIn(true) === weightIn(false) }, true);
    cancelAnimationFrame(this.request);
    this.request = 0;
    this.draw();
    const { prepared } = this.model.plain(this.state);
    const shown = prepared.map ? prepared.map[node] : node;
    this.flame.zoom(shown);
    this.flame.focus();
    this.moved(shown, true);
  }

  private setRange(from_ms: number, to_ms: number, final: boolean): void {
    const { tick_ms, end } = this.profile;
    const tick = (ms: number): number => Math.min(end, Math.max(0, Math.round(ms / tick_ms)));
    this.change({ from: tick(from_ms), to: tick(to_ms) }, final);
  }

  private shift(direction: number): void {
    const { from, to } = this.state;
    const step = Math.max(1, Math.round((to - from) * 0.1)) * direction;
    const move = Math.max(-from, Math.min(this.profile.end - to, step));
    this.change({ from: from + move, to: to + move }, false);
  }

  private jumpToHeapPeak(): void {
    const { defaults } = this.model;
    this.change({ from: defaults.from, to: defaults.to, mode: 'peak' }, true);
  }

  private jumps(): { text: string; title: string; go: () => void }[] {
    const { columns, figures, anonymous } = this.profile;
    if (!columns) return [];
    const windowed = Boolean(figures.window);
    return [
      {
        text: 'Heap peak',
        title: windowed ? 'The marked operation, at its heap peak (p)' : 'The whole capture, at its heap peak (p)',
        go: () => this.jumpToHeapPeak(),
      },
      ...(anonymous && anonymous.v.length > 0
        ? [
            {
              text: 'Resident peak',
              title: 'What the heap held when resident memory was highest',
              go: () => this.jumpToResidentPeak(anonymous),
            },
          ]
        : []),
      {
        text: 'Everything',
        title: 'The whole capture',
        go: () => this.change({ from: 0, to: this.profile.end }, true),
      },
    ];
  }

  private jumpToResidentPeak(anonymous: Series): void {
    const at = Math.min(this.profile.end, Math.round(anonymous.t[peakIndex(anonymous.v)] / this.profile.tick_ms));
    this.change({ from: Math.min(this.model.defaults.from, at), to: at, mode: 'live' }, true);
  }

  private moved(node: number, zoomed: boolean): void {
    const shown = this.model.shown(this.state);
    this.neighbours.choose(
      node > 0 ? (this.model.plain(this.state).prepared.functions.of[this.plainNode(shown, node)] ?? -1) : -1,
    );
    if (!zoomed) return;
    this.state = { ...this.state, frame: shown.prepared.identity.of(node) };
    this.onState(true);
  }

  /** In the inverted tree a frame stands for its function: any node of the plain tree with that frame will do. */
  private plainNode(shown: Shown, node: number): number {
    if (this.state.view !== 'inverted') return node;
    const { tree } = this.model.plain(this.state).prepared;
    return Math.max(0, tree.frame.indexOf(shown.prepared.tree.frame[node], 1));
  }

  private meaning(): Meaning {
    const meaning = kMeanings[this.state.mode];
    const { from, to } = this.model.defaults;
    if (this.state.mode !== 'peak' || (this.state.from === from && this.state.to === to)) return meaning;
    return { ...meaning, what: 'alive at the range’s heap peak' };
  }

  private content(): FlameContent {
    const { view } = this.state;
    const { prepared, weights } = this.model.shown(this.state);
    return {
      tree: prepared.tree,
      children: prepared.children,
      weights,
      heavy: view === 'heavy' || view === 'inverted',
      upward: view === 'flame',
      meaning: this.meaning(),
    };
  }

  private draw(): void {
    const { state, model } = this;
    const content = this.content();
    const { weights, meaning } = content;
    this.flame.show(content);
    const matched = this.flame.find(state.query);
    this.found.textContent =
      matched === null
        ? ''
        : matched.error !== null
          ? matched.error
          : matched.frames === 0
            ? 'no frame matches'
            : `${plural(matched.frames, 'frame')}, ${bytes(matched.weight)}, ${share(matched.weight, weights.total[0])}`;
    if (this.search.value !== state.query) this.search.value = state.query;
    for (const control of this.controls) control.set(state);
    this.say(model.selection(state), weights.total[0] ?? 0, meaning);
  }

  private say(selection: Selection, shown: number, meaning: Meaning): void {
    const { state, profile } = this;
    const { tick_ms } = profile;
    this.total.textContent = `${bytes(shown)} ${meaning.what}, ${
      state.view === 'inverted'
        ? `by function and its callers, those of less than ${bytes(leastInverted(shown))} left out`
        : 'by call stack'
    }; width is bytes.`;
    if (!this.rangeBar) return;
    const at = selection.at >= 0 ? selection.at * tick_ms : null;
    const when = state.mode === 'peak' && at !== null ? `, at ${duration(at)}` : '';
    const of = state.threads ? `, in ${plural(state.threads.length, 'thread')}` : '';
    const all = plural(selection.blocks, meaning.one, meaning.many);
    this.rangeBar.show(
      state.from * tick_ms,
      state.to * tick_ms,
      `${duration(state.from * tick_ms)} to ${duration(state.to * tick_ms)}: ${bytes(selection.bytes)} ${meaning.what}${when}${of}, ${all}.`,
    );
    this.timeline.setRange(state.from * tick_ms, state.to * tick_ms);
    const line = this.model.timeline(state.threads);
    this.timeline.setInstant(
      at === null
        ? null
        : {
            t: at,
            v: line.heap[entryAt(line.t, selection.at)] ?? 0,
            text: `${state.mode === 'peak' ? 'heap peak' : 'heap'} ${bytes(selection.bytes)}`,
          },
    );
  }

  private drawTables(): void {
    const { prepared, weights } = this.model.plain(this.state);
    this.functions.show(
      prepared.tree.frames,
      prepared.functions,
      functionRows(prepared.functions, weights),
      weights.total[0] ?? 0,
      this.state.query,
      this.meaning(),
    );
    this.neighbours.show(prepared.tree, prepared.functions, weights);
    const columns = this.model.columns(this.state);
    if (columns) {
      const { from, to, threads } = this.state;
      this.statistics.replaceChildren(
        statisticsView(statistics(columns.intervals, { from, to, threads: this.model.mask(threads) })),
      );
    }
  }

  private makeToolbar(): HTMLElement {
    const views = choice('View', kViews, (view) => this.change({ view }, true));
    const collapse = toggle('Collapse recursion', (on) => this.change({ collapse: on }, true));
    const hide = toggle('Hide interpreter frames', (on) => this.change({ hide: on }, true));
    this.controls.push({
      set: (state) => {
        views.set(state.view);
        collapse.set(state.collapse);
        hide.set(state.hide);
      },
    });
    const matches = matchButtons((by) => this.flame.nextMatch(by));
    this.controls.push(matches);
    const rows: HTMLElement[] = [];
    if (this.profile.columns) {
      const modes = choice('Bytes', kModes, (mode) => this.change({ mode }, true));
      this.controls.push({ set: (state) => modes.set(state.mode) });
      const filter =
        this.profile.threads.length > 1
          ? threadFilter(this.profile.threads, (threads) => this.change({ threads }, true))
          : null;
      if (filter) this.controls.push({ set: (state) => filter.set(state.threads) });
      rows.push(h('div', { class: 'flame-bar' }, modes.element, ...(filter ? [filter.element] : [])));
    }
    rows.push(h('div', { class: 'flame-bar' }, views.element, collapse.element, hide.element));
    rows.push(
      h(
        'div',
        { class: 'flame-bar' },
        h('label', { class: 'flame-search' }, this.search),
        this.found,
        ...matches.elements,
      ),
    );
    rows.push(flameExports(this.profile.title, () => this.content()));
    return h('div', { class: 'toolbar screen-only' }, ...rows);
  }
}

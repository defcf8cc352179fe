// State: what a reader has chosen in a report, and its form in the page's fragment, so that a link shows what its sender saw.
// Only what differs from the defaults is written. Pure.

import { Mode } from '../profile/range';

export type ViewName = 'icicle' | 'flame' | 'heavy' | 'inverted';

export interface State {
  /** Ticks, both ends included. */
  from: number;
  to: number;
  mode: Mode;
  view: ViewName;
  query: string;
  /** Null: all. */
  threads: number[] | null;
  collapse: boolean;
  hide: boolean;
  /** PathIdentity of the zoomed frame in the tree that is shown; '0' is the root. */
  frame: string;
}

const kModes: Mode[] = ['peak', 'live', 'allocated', 'copied', 'transferred'];
const kViews: ViewName[] = ['icicle', 'flame', 'heavy', 'inverted'];

/** Milliseconds with the digits that bring back the same tick. */
const ms = (ticks: number, tick_ms: number): string => String(Number((ticks * tick_ms).toFixed(6)));

export function toFragment(state: State, defaults: State, tick_ms: number): string {
  const parts: string[] = [];
  const put = (key: string, value: string): void => {
    parts.push(`${key}=${encodeURIComponent(value)}`);
  };
  if (state.from !== defaults.from || state.to !== defaults.to)
    put('t', `${ms(state.from, tick_ms)}-${ms(state.to, tick_ms)}`);
  if (state.mode !== defaults.mode) put('m', state.mode);
  if (state.view !== defaults.view) put('v', state.view);
  if (state.threads) put('th', state.threads.join('.'));
  if (state.collapse) put('c', '1');
  if (state.hide !== defaults.hide) put('h', state.hide ? '1' : '0');
  if (state.query !== '') put('q', state.query);
  if (state.frame !== defaults.frame) put('f', state.frame);
  return parts.join('&');
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}

/** What a fragment says; what it does not say, or says wrongly, is as in `defaults`. */
export function fromFragment(fragment: string, defaults: State, tick_ms: number, end: number, threads: number): State {
  const state = { ...defaults };
  const fields = new Map(
    fragment
      .replace(/^#/, '')
      .split('&')
      .map((part) => {
        const at = part.indexOf('=');
        return [part.slice(0, at), decoded(part.slice(at + 1))] as const;
      }),
  );
  const range = /^(\d+(?:\.\d+)?)-(\d+(?:\.\d+)?)$/.exec(fields.get('t') ?? '');
  if (range && end > 0) {
    const [from, to] = [range[1], range[2]].map((text) => Math.min(end, Math.round(Number(text) / tick_ms)));
    if (from <= to) Object.assign(state, { from, to });
  }
  const mode = fields.get('m') as Mode;
  if (kModes.includes(mode)) state.mode = mode;
  const view = fields.get('v') as ViewName;
  if (kViews.includes(view)) state.view = view;
  const chosen = (fields.get('th') ?? '')
    .split('.')
    .filter((text) => /^\d+$/.test(text))
    .map(Number)
    .filter((t) => t < threads);
  if (chosen.length > 0) state.threads = chosen;
  state.collapse = fields.get('c') === '1';
  if (/^[01]$/.test(fields.get('h') ?? '')) state.hide = fields.get('h') === '1';
  state.query = fields.get('q') ?? '';
  const frame = fields.get('f') ?? '';
  if (/^(0|[0-9a-f]{16})$/.test(frame)) state.frame = frame;
  return state;
}

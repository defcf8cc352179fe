// The largest buffers alive at the heap peak, as a table; each name is a button that shows the buffer in the flame graph.

import { h } from '../dom';
import { baseName, bytes, count, duration, plural, ratio, share } from '../format';
import { Profile } from '../profile/data';
import { owner } from '../profile/hue';
import { shortName, StackTree } from '../profile/tree';
import { Buffer, Figures } from '../record';

const kShown = 10;
/** Buffers below this share of the peak are noise; the flame graph has them. */
const kMinShare = 0.005;

interface Label {
  name: string;
  place: string;
  /** The native function below a Python line. */
  leaf: string;
}

/** "to_bytes /lib/zarr/core.py:266 [malloc]" -> "to_bytes", "core.py:266", "malloc". C++ names hold spaces of their own, and
 * so do the files of what is frozen into an interpreter: "<frozen importlib._bootstrap>:241". A frame of no known name is
 * its library. */
export function label(text: string): Label {
  const leaf = / \[(.+)\]$/.exec(text);
  const site = leaf ? text.slice(0, leaf.index) : text;
  const placed = /^(.*?) (<frozen [^>]+>(?::\d+)?)$/.exec(site) ?? /^(.*) (\S+:\d+)$/.exec(site);
  return {
    name: shortName(placed ? placed[1] : site),
    place: placed ? baseName(placed[2]) : '',
    leaf: leaf
      ? shortName(leaf[1])
          .replace(/\+0x[0-9a-f]+$/, '')
          .replace(/ \S*\/(\S+:\d+)$/, ' $1')
      : '',
  };
}

/** What counts of a buffer: what was added since the mark begin, or all of it. */
const grown = (buffer: Buffer): number => buffer.bytes - (buffer.bytes_before ?? 0);

/** The call sites that added buffers of about the array's size, and how many each: what the count of copies counts, the array
 * among them where it was made since begin. */
export function counted(figures: Figures): { buffer: Buffer; times: number }[] {
  const array = figures.array_bytes;
  if (!array) return [];
  return (figures.buffers_at_peak ?? [])
    .map((buffer) => ({ buffer, times: Math.floor(grown(buffer) / array + 0.2) }))
    .filter(({ times }) => times >= 1);
}

/** What a report knows of a buffer beyond its figures: its node in the capture's tree or -1, since when it lived, the source
 * line that made it, and how to show it in the flame graph. */
export interface Places {
  node: (buffer: Buffer) => number;
  since: (buffer: Buffer) => number | null;
  source: (buffer: Buffer) => string | null;
  /** "zarr 3.1.6": the library, with its version where a record tells it, that the call site is of. */
  library: (buffer: Buffer) => string | null;
  zoom: (node: number) => void;
}

/** The text of the call site's line, where the report has it. */
export function sourceOf(tree: StackTree, node: number, site: string): string | null {
  for (let at = node; at > 0; at = tree.parent[at]) {
    const frame = tree.frames[tree.frame[at]];
    if (shortName(frame.function) === site) return frame.source ?? null;
  }
  return null;
}

/** The library of the call site, if the record tells its version. */
export function libraryOf({ tree, result }: Profile, node: number, site: string): string | null {
  const versions = Object.entries(result?.libraries ?? {});
  for (let at = node; at > 0; at = tree.parent[at]) {
    const frame = tree.frames[tree.frame[at]];
    if (shortName(frame.function) !== site) continue;
    const found = versions.find(([name]) => name === owner(frame));
    return found ? found.join(' ') : null;
  }
  return null;
}

function siteName(buffer: Buffer, name: string, { node, zoom }: Places): HTMLElement {
  const at = node(buffer);
  return at > 0
    ? h('button', { class: 'plain mono', type: 'button', 'data-node': at, click: () => zoom(at) }, name)
    : h('span', { class: 'mono' }, name);
}

/** Names them in the verdict: size, call site, since when, and the line that made it. */
export function namedBuffers(figures: Figures, places: Places): HTMLElement | null {
  const { since } = places;
  const named = counted(figures)
    .map((entry) => ({ ...entry, since: since(entry.buffer) }))
    .sort((a, b) => (a.since ?? 0) - (b.since ?? 0));
  if (named.length === 0) return null;
  const copies = figures.extra_copies ?? -1;
  const all = named.reduce((sum, { times }) => sum + times, 0);
  return h(
    'div',
    { class: 'named' },
    h(
      'p',
      { class: 'small soft' },
      `At the heap peak stood ${all === 1 ? 'one buffer' : `${all} buffers`} of about the array’s size` +
        `${all === copies ? ', besides the array:' : all > 1 && all === copies + 1 ? ', the array among them:' : ':'}`,
    ),
    h(
      'ul',
      {},
      ...named.map(({ buffer, times, since: at }) => {
        const site = label(buffer.site ?? buffer.stack[0] ?? '(no stack)');
        const source = places.source(buffer);
        const library = places.library(buffer);
        return h(
          'li',
          {},
          h('strong', {}, bytes(grown(buffer))),
          ' ',
          h(
            'span',
            {},
            siteName(buffer, site.name, places),
            h('span', { class: 'mono soft' }, site.place ? ` ${site.place}` : '', site.leaf ? ` › ${site.leaf}` : ''),
            library === null ? null : h('span', { class: 'soft' }, `, ${library}`),
            buffer.content === 'array'
              ? h('span', { class: 'soft' }, ', the array')
              : buffer.content?.startsWith('same bytes')
                ? h('span', {}, ', proven')
                : null,
            times > 1 ? h('span', { class: 'soft' }, `, ${times} buffers`) : null,
            at === null ? null : h('span', { class: 'soft' }, `, since ${duration(at)}`),
            source === null ? null : h('code', { class: 'named-source' }, source),
          ),
        );
      }),
    ),
  );
}

/** When the largest block of a buffer that is alive at the heap peak was allocated, in milliseconds; null: not known. Of a
 * buffer that is in part older than begin, the largest block since then. */
export function sinceOf(profile: Profile, locate: (buffer: Buffer) => number): (buffer: Buffer) => number | null {
  const { columns, figures, tick_ms } = profile;
  if (!columns || typeof figures.peak_ms !== 'number') return () => null;
  const { t0, t1, stack, bytes: size } = columns.intervals;
  const peak = Math.round(figures.peak_ms / tick_ms);
  const largest = new Map((figures.buffers_at_peak ?? []).map((buffer) => [locate(buffer), -1]));
  const begin = Math.floor((figures.window?.begin_ms ?? 0) / tick_ms);
  const asked = new Map(
    (figures.buffers_at_peak ?? []).map((buffer) => [
      locate(buffer),
      buffer.bytes_before && grown(buffer) > 0 ? begin : 0,
    ]),
  );
  for (let i = 0; i < t0.length; i++) {
    if (t0[i] > peak || t1[i] <= peak || t0[i] < (asked.get(stack[i]) ?? Infinity)) continue;
    const before = largest.get(stack[i])!;
    if (before < 0 || size[i] > size[before]) largest.set(stack[i], i);
  }
  return (buffer) => {
    const row = largest.get(locate(buffer)) ?? -1;
    return row < 0 ? null : t0[row] * tick_ms;
  };
}

/** Said of a buffer of which 1 % or more was there before begin. */
function before({ bytes: all, bytes_before: old = 0 }: Buffer): string {
  if (old < all / 100) return '';
  return old < all ? `${bytes(old)} of it before begin` : 'there before begin: no copy';
}

/** What a buffer holds, where its content was looked at. */
function held({ content, has_array: hasArray, likeness, same_as: other }: Buffer): string {
  if (!content) return '';
  if (content === 'array') return 'the array';
  const what = other ? `same bytes as ${label(other).name}` : content;
  const part = likeness != null && likeness < 0.995 ? ` (${Math.round(100 * likeness)} % alike)` : '';
  return `${hasArray ? 'the array, and besides ' : ''}${what}${part}`;
}

export function buffersTable(figures: Figures, places: Places): HTMLElement {
  const { since, source } = places;
  const buffers = [...(figures.buffers_at_peak ?? [])].sort((a, b) => b.bytes - a.bytes);
  if (buffers.length === 0) return h('p', { class: 'soft' }, 'The capture names no buffer at its heap peak.');
  const array = figures.array_bytes ?? null;
  const whole = figures.peak_heap_bytes ?? buffers.reduce((sum, buffer) => sum + buffer.bytes, 0);
  const widest = buffers[0].bytes;
  const timed = buffers.some((buffer) => since(buffer) !== null);
  const rows = buffers
    .filter((buffer, i) => i === 0 || (i < kShown && buffer.bytes >= kMinShare * whole))
    .map((buffer) => {
      const frames = buffer.stack.map(label);
      const first = buffer.site ? label(buffer.site) : (frames[0] ?? { name: '(no stack)', place: '', leaf: '' });
      // Callers follow the call site: frames inside it (the allocator's own) say nothing.
      const own = frames.findIndex((frame) => frame.name === first.name);
      const callers = frames
        .slice(own + 1, own + 4)
        .map((frame) => frame.name)
        .join(' ‹ ');
      const bar = h('span', { class: 'bar', 'aria-hidden': 'true' });
      bar.style.width = `${(100 * buffer.bytes) / widest}%`;
      return h(
        'tr',
        {},
        h(
          'th',
          { scope: 'row' },
          siteName(buffer, first.name, places),
          h('span', { class: 'mono soft' }, first.place ? ` ${first.place}` : '', first.leaf ? ` › ${first.leaf}` : ''),
          source(buffer) === null ? null : h('code', { class: 'callers' }, source(buffer)),
          before(buffer) ? h('span', { class: 'callers soft' }, before(buffer)) : null,
          held(buffer) ? h('span', { class: 'callers' }, held(buffer)) : null,
          callers ? h('span', { class: 'callers mono soft' }, `‹ ${callers}`) : null,
        ),
        h('td', { class: 'bar-cell' }, bar),
        h('td', { class: 'number' }, bytes(buffer.bytes)),
        h('td', { class: 'number' }, array ? `${ratio(buffer.bytes / array)}\u00a0×` : '–'),
        ...(timed ? [h('td', { class: 'number wide-only' }, duration(since(buffer)))] : []),
        h('td', { class: 'number wide-only' }, share(buffer.bytes, whole)),
        h('td', { class: 'number wide-only' }, count(buffer.blocks)),
      );
    });
  const rest = buffers.length - rows.length;
  return h(
    'div',
    {},
    h(
      'div',
      { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Buffers at the heap peak' },
      h(
        'table',
        { class: 'buffers' },
        h(
          'thead',
          {},
          h(
            'tr',
            {},
            h('th', { scope: 'col' }, 'Call site, then its callers'),
            h('td', { class: 'bar-cell' }),
            h('th', { scope: 'col', class: 'number' }, 'Bytes'),
            h('th', { scope: 'col', class: 'number' }, '× array'),
            ...(timed ? [h('th', { scope: 'col', class: 'number wide-only' }, 'Since')] : []),
            h('th', { scope: 'col', class: 'number wide-only' }, 'Of peak'),
            h('th', { scope: 'col', class: 'number wide-only' }, 'Blocks'),
          ),
        ),
        h('tbody', {}, ...rows),
      ),
    ),
    rest > 0 ? h('p', { class: 'small soft' }, `${plural(rest, 'smaller buffer')} in the flame graph.`) : null,
  );
}

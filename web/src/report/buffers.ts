// The largest buffers alive at the heap peak, as a table; each name is a button that shows the buffer in the flame graph.

import { h } from '../dom';
import { baseName, bytes, count, ratio, share } from '../format';
import { Buffer, Figures } from '../record';

const kShown = 10;

interface Label {
  name: string;
  place: string;
}

/** "to_bytes /lib/zarr/core.py:266" -> name "to_bytes", place "core.py:266"; no place where no file is known (":0"). */
function label(text: string): Label {
  const space = text.lastIndexOf(' ');
  if (space < 0) return { name: text, place: '' };
  return { name: text.slice(0, space), place: baseName(text.slice(space + 1)).replace(/^:0$/, '') };
}

/** `locate` answers the flame graph's node or -1; `zoom` shows it. */
export function buffersTable(figures: Figures, locate: (buffer: Buffer) => number, zoom: (node: number) => void): HTMLElement {
  const buffers = [...(figures.buffers_at_peak ?? [])].sort((a, b) => b.bytes - a.bytes);
  if (buffers.length === 0) return h('p', { class: 'soft' }, 'The capture names no buffer at its heap peak.');
  const array = figures.array_bytes ?? null;
  const whole = figures.peak_heap_bytes ?? buffers.reduce((sum, buffer) => sum + buffer.bytes, 0);
  const widest = buffers[0].bytes;
  const rows = buffers.slice(0, kShown).map((buffer) => {
    const node = locate(buffer);
    const frames = buffer.stack.map(label);
    const first = frames[0] ?? { name: '(no stack)', place: '' };
    const callers = frames.slice(1, 4).map((frame) => frame.name).join(' ‹ ');
    const bar = h('span', { class: 'bar', 'aria-hidden': 'true' });
    bar.style.width = `${(100 * buffer.bytes) / widest}%`;
    return h('tr', {},
      h('th', { scope: 'row' },
        node > 0 ? h('button', { class: 'plain mono', type: 'button', 'data-node': node, click: () => zoom(node) }, first.name)
          : h('span', { class: 'mono' }, first.name),
        h('span', { class: 'mono soft' }, ` ${first.place}`),
        callers ? h('span', { class: 'callers mono soft' }, `‹ ${callers}`) : null),
      h('td', { class: 'bar-cell' }, bar),
      h('td', { class: 'number' }, bytes(buffer.bytes)),
      h('td', { class: 'number' }, array ? `${ratio(buffer.bytes / array)}\u00a0×` : '–'),
      h('td', { class: 'number wide-only' }, share(buffer.bytes, whole)),
      h('td', { class: 'number wide-only' }, count(buffer.blocks)));
  });
  const rest = buffers.length - rows.length;
  return h('div', {},
    h('div', { class: 'scroll', tabindex: 0, role: 'region', 'aria-label': 'Buffers at the heap peak' },
      h('table', { class: 'buffers' },
        h('thead', {}, h('tr', {},
          h('th', { scope: 'col' }, 'Call site, then its callers'), h('td', { class: 'bar-cell' }),
          h('th', { scope: 'col', class: 'number' }, 'Bytes'), h('th', { scope: 'col', class: 'number' }, '× array'),
          h('th', { scope: 'col', class: 'number wide-only' }, 'Of peak'), h('th', { scope: 'col', class: 'number wide-only' }, 'Blocks'))),
        h('tbody', {}, ...rows))),
    rest > 0 ? h('p', { class: 'small soft' }, `${count(rest)} smaller buffers are in the flame graph.`) : null);
}

// Overlay: the heap of two captures on one axis of time, from the mark `begin` on where both have one. The pointer, or the
// arrow keys, read both at one instant.

import { h, s } from '../dom';
import { bytes, duration } from '../format';
import type { Profile, Series } from '../profile/data';
import { entryAt } from '../profile/range';

const kWidth = 1120;
const kHeight = 220;
const kLeft = 64;
const kBottom = 24;
const kTop = 10;
const kStep = 0.01;

const beginOf = ({ marks }: Profile): number => marks.find(({ name }) => name === 'begin')?.t_ms ?? 0;

function at({ t, v }: Series, time: number): number {
  const index = entryAt(t, time);
  return index < 0 ? 0 : v[index];
}

export function overlay(before: [Profile, Series], after: [Profile, Series]): HTMLElement {
  const sides = [before, after];
  const begins = sides.map(([profile]) => beginOf(profile));
  const first = Math.min(...sides.map(([, { t }], i) => (t[0] ?? 0) - begins[i]));
  const last = Math.max(first + 1, ...sides.map(([, { t }], i) => (t[t.length - 1] ?? 0) - begins[i]));
  const top = Math.max(1, ...sides.map(([, { v }]) => v.reduce((a, b) => Math.max(a, b), 0)));
  const x = (time: number): number => kLeft + ((time - first) / (last - first)) * (kWidth - kLeft);
  const y = (value: number): number => kHeight - kBottom - (value / top) * (kHeight - kBottom - kTop);
  const path = (series: Series, begin: number): string => {
    let d = '';
    for (let i = 0; i < series.t.length; i++) {
      const to = x(series.t[i] - begin).toFixed(1);
      d += i === 0 ? `M${to} ${y(series.v[i]).toFixed(1)}` : `H${to}V${y(series.v[i]).toFixed(1)}`;
    }
    return d;
  };
  const cursor = s('path', { class: 'cursor', visibility: 'hidden' });
  const readout = h('p', { class: 'small mono soft', 'aria-live': 'polite' }, '\u00a0');
  let instant = 0;
  const read = (time: number): void => {
    instant = Math.min(last, Math.max(first, time));
    cursor.setAttribute('d', `M${x(instant).toFixed(1)} ${kTop}V${kHeight - kBottom}`);
    cursor.setAttribute('visibility', 'visible');
    const [a, b] = sides.map(([, series], i) => at(series, instant + begins[i]));
    readout.textContent = `${duration(Math.max(0, instant))}${instant < 0 ? ' before begin' : ''}: before ${bytes(a)}, after ${bytes(b)}`;
  };
  const view = s(
    'svg',
    { viewBox: `0 0 ${kWidth} ${kHeight}`, 'aria-hidden': 'true' },
    ...[0, 0.5, 1].flatMap((part) => [
      s('path', { class: 'rule', d: `M${kLeft} ${y(part * top)}H${kWidth}` }),
      s('text', { x: kLeft - 8, y: y(part * top) + 4, 'text-anchor': 'end' }, bytes(part * top)),
    ]),
    s(
      'text',
      { x: x(0), y: kHeight - 6, 'text-anchor': x(0) < kLeft + 20 ? 'start' : 'middle' },
      begins.some((begin) => begin > 0) ? 'begin' : '0',
    ),
    s('text', { x: kWidth, y: kHeight - 6, 'text-anchor': 'end' }, duration(last)),
    s('path', { class: 'before', d: path(before[1], begins[0]) }),
    s('path', { class: 'after', d: path(after[1], begins[1]) }),
    cursor,
  );
  view.addEventListener('pointermove', (event) => {
    const box = view.getBoundingClientRect();
    const share = (((event.clientX - box.left) / box.width) * kWidth - kLeft) / (kWidth - kLeft);
    read(first + share * (last - first));
  });
  const chart = h(
    'div',
    {
      class: 'overlay',
      tabindex: 0,
      role: 'slider',
      'aria-label': 'An instant of both captures',
      'aria-valuemin': 0,
      'aria-valuemax': 100,
      'aria-valuenow': 0,
    },
    view,
  );
  chart.addEventListener('keydown', (event) => {
    const step = { ArrowLeft: -1, ArrowRight: 1, PageDown: -10, PageUp: 10 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    read(instant + step * kStep * (last - first));
    chart.setAttribute('aria-valuenow', String(Math.round((100 * (instant - first)) / (last - first))));
    chart.setAttribute('aria-valuetext', readout.textContent ?? '');
  });
  return h(
    'div',
    {},
    h(
      'p',
      { class: 'small soft' },
      h('span', { class: 'legend-line before' }),
      'before ',
      h('span', { class: 'legend-line' }),
      'after',
    ),
    chart,
    readout,
  );
}

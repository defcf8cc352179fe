// One chart: Vega draws it as SVG from a specification that was compiled when the page was built (specs.mjs). Its expressions
// are interpreted, so that the page needs no permission to run made-up code. The same numbers stand in a table beside it: a
// screen reader is told the chart's name alone.

import specs from 'versions:specs';
import { transforms } from 'vega-dataflow';
import * as encode from 'vega-encode';
import { expressionInterpreter } from 'vega-interpreter';
import { parse } from 'vega-parser';
import * as basic from 'vega-transforms';
import { View } from 'vega-view';
import * as view from 'vega-view-transforms';
import { h } from '../dom';

Object.assign(transforms, basic, view, encode);

export interface Mark {
  name: string;
  kind: 'own' | 'peer' | 'plain' | 'published';
  value: number;
  /** The value in words, beside the mark. */
  short: string;
  /** What the mark says when it is pointed at. */
  told: string;
  /** Versions, or the version. */
  n?: number;
  hue: 'accent' | 'cost' | 'mapped' | 'ink' | 'ink-soft';
  dash: number;
}

export type Unit = 'bytes' | 'ms' | 's';

export interface ChartOptions {
  shape: 'engines' | 'transactions' | 'versions';
  log: boolean;
  title: string;
  unit: Unit;
  label: string;
}

const kTokens = ['accent', 'cost', 'mapped', 'ink', 'ink-soft', 'line', 'line-strong', 'sans'];
const scaled = (unit: string, by: string): string => `format(datum.value / ${by}, '~g') + ' ${unit}'`;
const kLabels: Record<Unit, string> = {
  bytes:
    `datum.value >= 1e9 ? ${scaled('GB', '1e9')} : datum.value >= 1e6 ? ${scaled('MB', '1e6')} : ` +
    `datum.value >= 1e3 ? ${scaled('kB', '1e3')} : ${scaled('B', '1')}`,
  ms: `datum.value >= 1e3 ? ${scaled('s', '1e3')} : ${scaled('ms', '1')}`,
  s: `datum.value > 0 && datum.value < 1 ? ${scaled('ms', '1e-3')} : ${scaled('s', '1')}`,
};

const quotedInside = (text: string): string => JSON.stringify(text).slice(1, -1);

function filled(options: ChartOptions, marks: Mark[]): object {
  const style = getComputedStyle(document.documentElement);
  const words: Record<string, string> = {
    title: options.title,
    ...Object.fromEntries(kTokens.map((name) => [name, style.getPropertyValue(`--${name}`).trim()])),
  };
  const ticks = [...new Set(marks.map((mark) => mark.n ?? 0))].sort((a, b) => a - b);
  const text = JSON.stringify(specs[`${options.shape}-${options.log ? 'log' : 'linear'}`])
    .replace(/\bTICKS\b/g, JSON.stringify(ticks))
    .replace(/\bLABEL\b/g, () => quotedInside(`(${kLabels[options.unit]})`))
    .replace(/@([a-z-]+)/g, (_, name: string) => quotedInside(words[name] ?? ''));
  return JSON.parse(text) as object;
}

const kHeight_px = 260; // of a chart of lines, as in specs.mjs
const kName_px = 18; // what one name needs of it

/** Each line's name beside its end, moved up or down where two would meet. */
function named(marks: Mark[], log: boolean): (Mark & { name_at?: number })[] {
  const ends = new Map<string, Mark>();
  for (const mark of marks) {
    if (mark.kind !== 'published' || !ends.has(mark.name) || mark.n! >= ends.get(mark.name)!.n!)
      ends.set(mark.name, mark);
  }
  const on = (value: number): number => (log ? Math.log(value) : value);
  const values = marks.map((mark) => on(mark.value));
  const least = log ? Math.min(...values) : 0;
  const range = Math.max(...values) - least || 1;
  const apart = (kName_px / kHeight_px) * range;
  const order = [...ends.values()].sort((a, b) => on(a.value) - on(b.value));
  const places = order.map((mark) => on(mark.value));
  for (let i = 1; i < places.length; ++i) places[i] = Math.max(places[i], places[i - 1] + apart);
  // What was pushed out at the top comes back, and pushes the others down.
  let room = least + range;
  for (let i = places.length - 1; i >= 0; --i, room -= apart) {
    if (places[i] <= room) break;
    places[i] = room;
  }
  for (let i = places.length - 2; i >= 0; --i) places[i] = Math.min(places[i], places[i + 1] - apart);
  const place = new Map(order.map((mark, i) => [mark, log ? Math.exp(places[i]) : places[i]]));
  return marks.map((mark) => (place.has(mark) ? { ...mark, name_at: place.get(mark) } : mark));
}

/** An element that draws itself when it is first seen, and again when its width or the theme changes. */
export function chart(options: ChartOptions, marks: Mark[]): HTMLElement {
  const drawing = h('div', { 'aria-hidden': 'true' }); // Vega names each of its marks, which no one could follow
  const element = h('div', { class: 'chart', role: 'img', 'aria-label': options.label }, drawing);
  const positive = options.log ? marks.filter((mark) => mark.value > 0) : marks;
  const shown = options.shape === 'engines' ? positive : named(positive, options.log);
  let drawn: View | null = null;
  let width = 0;
  const draw = (): void => {
    drawn?.finalize();
    drawing.replaceChildren();
    drawn = new View(parse(filled(options, shown), null, { ast: true }), {
      expr: expressionInterpreter,
      renderer: 'svg',
      container: drawing,
      hover: false,
    });
    void drawn.data('rows', shown).width(width).runAsync();
  };
  new ResizeObserver(() => {
    const now = Math.floor(element.clientWidth);
    if (now === width || now === 0) return;
    width = now;
    draw();
  }).observe(element);
  const again = (): void => {
    if (element.isConnected && width > 0) draw();
  };
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', again);
  new MutationObserver(again).observe(document.documentElement, {
    attributes: true,
    attributeFilter: ['data-theme'],
  });
  return element;
}

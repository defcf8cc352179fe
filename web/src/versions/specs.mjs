// The charts of the transaction study as Vega-Lite, compiled to Vega when the pages are built: what a page carries is the
// runtime alone. Three shapes, each linear and logarithmic:
//
//   engines       one mark an engine, for a run of one length: the engines are the axis, so that nothing needs a legend
//   transactions  a line an engine over the number of versions, for a run of several lengths
//   versions      a line an engine over the versions of one run
//
// What a page knows better is named here and filled in by chart.ts: "@name" are colours of the palette and titles, LABEL is the
// expression of an axis label, TICKS those of an axis. Colours are told apart by `hue`, lines of one colour by `dash`.
import { load } from '../../packages.mjs';

const kKinds = ['own', 'peer', 'plain', 'published'];
const kShapes = ['circle', 'square', 'triangle-up', 'diamond'];
const kHues = ['accent', 'cost', 'mapped', 'ink', 'ink-soft'];
const kDashes = [[], [6, 3], [2, 2], [8, 2, 2, 2]];

const kConfig = {
  background: null,
  font: '@sans',
  view: { stroke: null },
  axis: {
    labelColor: '@ink-soft',
    titleColor: '@ink-soft',
    labelFontSize: 12,
    titleFontSize: 12,
    titleFontWeight: 'normal',
    gridColor: '@line',
    domainColor: '@line-strong',
    tickColor: '@line-strong',
  },
};

const colour = {
  field: 'hue',
  type: 'nominal',
  scale: { domain: kHues, range: kHues.map((name) => `@${name}`) },
  legend: null,
};
const line = {
  color: colour,
  detail: { field: 'name', type: 'nominal' },
  strokeDash: {
    field: 'dash',
    type: 'nominal',
    scale: { domain: kDashes.map((_, i) => i), range: kDashes },
    legend: null,
  },
};
const tooltip = { field: 'told', type: 'nominal' };

// Of a logarithmic axis, 1, 2 and 5 of each decade are named; decades alone have a line.
const kDigit = 'round(datum.value / pow(10, floor(log(datum.value) / LN10 + 1e-9)))';
const kNamed = `indexof([1, 2, 5], ${kDigit}) >= 0`;
const kLogAxis = {
  gridOpacity: { condition: { test: `${kDigit} == 1`, value: 1 }, value: 0 },
  tickOpacity: { condition: { test: kNamed, value: 1 }, value: 0 },
};

const value = (scale, axis) => ({
  field: 'value',
  type: 'quantitative',
  scale: scale === 'log' ? { type: 'log', nice: false, padding: 12 } : { zero: true, nice: true },
  title: '@title',
  axis: {
    labelExpr: scale === 'log' ? `${kNamed} ? LABEL : ''` : 'LABEL',
    labelOverlap: true,
    labelSeparation: 8,
    tickCount: 5,
    ...(scale === 'log' ? kLogAxis : {}),
    ...axis,
  },
});

const points = {
  mark: { type: 'point', size: 70, strokeWidth: 1.5, opacity: 1 },
  encoding: {
    shape: { field: 'kind', type: 'nominal', scale: { domain: kKinds, range: kShapes }, legend: null },
    color: colour,
    fillOpacity: { condition: { test: "datum.kind == 'own' || datum.kind == 'peer'", value: 1 }, value: 0 },
    fill: { ...colour },
    tooltip,
  },
};

// At the right edge, apart from one another.
const names = {
  mark: { type: 'text', align: 'left', dx: 6, fontSize: 12 },
  transform: [{ filter: 'datum.name_at != null' }],
  encoding: {
    x: { value: 'width' },
    y: { field: 'name_at', type: 'quantitative' },
    text: { field: 'name', type: 'nominal' },
    color: colour,
  },
};

const shapes = {
  engines: (scale) => ({
    width: 400,
    height: { step: 26 },
    encoding: {
      y: {
        field: 'name',
        type: 'nominal',
        sort: null,
        title: null,
        axis: { grid: true, ticks: false, domain: false, labelLimit: 230, labelColor: '@ink', labelPadding: 8 },
      },
      x: value(scale, { grid: false }),
    },
    layer: [
      points,
      {
        mark: { type: 'text', align: 'left', dx: 9, fontSize: 12 },
        encoding: { text: { field: 'short', type: 'nominal' }, color: colour },
      },
    ],
  }),
  transactions: (scale) => ({
    width: 400,
    height: 260,
    encoding: {
      x: {
        field: 'n',
        type: 'quantitative',
        scale: { type: 'log', nice: false, padding: 8 },
        title: 'versions, log axis',
        axis: { values: { expr: 'TICKS' }, format: ',d', grid: false, labelOverlap: true },
      },
      y: value(scale, { grid: true }),
    },
    layer: [
      {
        mark: { type: 'line', strokeWidth: 1.5 },
        encoding: line,
      },
      points,
      names,
    ],
  }),
  versions: (scale) => ({
    width: 400,
    height: 260,
    encoding: {
      x: {
        field: 'n',
        type: 'quantitative',
        scale: { nice: false },
        title: 'version',
        axis: { format: ',d', grid: false, tickCount: 5 },
      },
      y: value(scale, { grid: true }),
    },
    layer: [
      {
        mark: { type: 'line', strokeWidth: 1 },
        transform: [{ filter: "datum.kind != 'published'" }],
        encoding: line,
      },
      { ...points, transform: [{ filter: "datum.kind == 'published'" }] },
      names,
    ],
  }),
};

/** {"engines-linear": Vega specification, ...} */
export async function chartSpecs() {
  const { compile } = await load.module('vega-lite');
  const compiled = {};
  for (const [name, shape] of Object.entries(shapes)) {
    for (const scale of ['linear', 'log']) {
      const spec = {
        data: { name: 'rows', values: [] },
        autosize: name === 'engines' ? 'pad' : { type: 'fit', contains: 'padding' },
        padding: { left: 0, top: 4, right: 12, bottom: 4 },
        ...shape(scale),
      };
      const vega = compile(spec, { config: kConfig }).spec;
      // Vega-Lite fits no chart whose height is counted in steps, Vega does.
      if (name === 'engines') vega.autosize = { type: 'fit-x', contains: 'padding' };
      compiled[`${name}-${scale}`] = vega;
    }
  }
  return compiled;
}

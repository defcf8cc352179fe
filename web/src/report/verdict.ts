// The verdict: what stood beside the array, in one sentence, a glyph and four figures, each with what it means.

import { h } from '../dom';
import { bytes, count, duration, kUnknown, ratio, share } from '../format';
import { glyph } from '../glyph';
import { reproduce } from '../results/reproduce';
import { label } from './buffers';
import { codecName, CopyRow, engineName, Figures, formatName, storeName } from '../record';

const kVerbs: Record<string, string> = { write: 'writes', read: 'reads' };

export function copiesInWords(copies: number): string {
  return copies === 0 ? 'no extra copy' : copies === 1 ? '1 extra copy' : `${count(copies)} extra copies`;
}

/** Without an array's size the peak and its largest source are what there is to say. */
function largest({ peak_heap_bytes: peak, buffers_at_peak: buffers }: Figures): string | null {
  if (typeof peak !== 'number' || !buffers || buffers.length === 0) return null;
  const most = buffers.reduce((a, b) => (b.bytes > a.bytes ? b : a));
  return `${bytes(peak)} at the heap peak, ${share(most.bytes, peak)} from ${label(most.site ?? most.stack[0] ?? '(no stack)').name}`;
}

export function sentence(figures: Figures, result: CopyRow | null, title: string): string {
  const copies = result?.extra_copies ?? figures.extra_copies ?? null;
  const array = result?.array_bytes ?? figures.array_bytes ?? null;
  if (copies === null || array === null) return largest(figures) ?? title;
  if (result) {
    const verb = kVerbs[result.operation] ?? `runs ${result.operation} of`;
    return `${engineName(result.engine)} ${verb} ${bytes(array)} with ${copiesInWords(copies)}`;
  }
  return `${copies === 0 ? 'No extra copy' : copiesInWords(copies)} of ${bytes(array)} at the heap peak`;
}

export interface FourFigures {
  copies: number | null;
  extraHeap: number | null;
  user: number | null;
  in: number | null;
  out: number | null;
  realloc: number | null;
  anonymous: number | null;
  file: number | null;
  fileGrowth: number | null;
  scratch: number | null;
}

/** From the run record where there is one, else from the capture's own figures. */
export function fourFigures(figures: Figures, result: CopyRow | null): FourFigures {
  const array = result?.array_bytes ?? figures.array_bytes ?? null;
  const cut = figures.known_until_ms != null;
  const per = (value: number | null | undefined): number | null =>
    value === null || value === undefined || !array || cut ? null : value / array;
  return {
    copies: result?.extra_copies ?? figures.extra_copies ?? null,
    extraHeap: result?.extra_heap ?? figures.extra_heap ?? null,
    user: result?.bytes_moved?.user ?? per(figures.bytes_copied),
    in: result?.bytes_moved?.in ?? per(figures.bytes_in),
    out: result?.bytes_moved?.out ?? per(figures.bytes_out),
    realloc: result?.bytes_moved?.realloc ?? per(figures.bytes_realloc_moved),
    anonymous: result?.resident?.anonymous_bytes ?? figures.resident?.anonymous_bytes ?? null,
    file: result?.resident?.file_bytes ?? figures.resident?.file_bytes ?? null,
    fileGrowth: result?.resident?.file_growth_bytes ?? figures.resident?.file_growth_bytes ?? null,
    scratch: result?.scratch_bytes ?? figures.scratch_bytes ?? null,
  };
}

/** What the verdict says where a table has a dash. */
const word = (text: string): string => (text === kUnknown ? 'unknown' : text);

function figure(term: string, text: string, of: string, meaning: string): HTMLElement {
  const [value, unit] = text === kUnknown ? [word(text), ''] : [text, of];
  return h(
    'div',
    { class: 'figure' },
    h('dt', {}, term),
    h(
      'dd',
      {},
      h('span', { class: 'figure-value' }, value),
      unit ? h('span', { class: 'figure-unit' }, unit) : null,
      h('span', { class: 'figure-meaning' }, meaning),
    ),
  );
}

function setting(result: CopyRow): string {
  return [
    formatName(result.format),
    codecName(result.codec),
    storeName(result),
    `${engineName(result.engine)}${result.engine_version ? ` ${result.engine_version}` : ''}`,
  ].join(' · ');
}

function reproduced(result: CopyRow): HTMLElement {
  const { command, where } = reproduce([result], undefined);
  return h('p', { class: 'facts small reproduce' }, `Reproduce${where ? `, ${where}` : ''}: `, h('code', {}, command));
}

interface Resident {
  anonymous: number | null;
  file: number | null;
  fileGrowth: number | null;
}

function residentFigure({ anonymous, file, fileGrowth }: Resident): HTMLElement {
  const grew = fileGrowth === null ? '' : `, grew by ${bytes(fileGrowth)}`;
  return figure('Resident', bytes(anonymous), '', `anonymous peak; file-backed ${word(bytes(file))}${grew}`);
}

/** What is counted in arrays: unknown is said, since it is what the page is for. */
function arrayFigures(four: FourFigures, resident: Resident): HTMLElement[] {
  const times = '× array';
  const kernel = `in ${word(ratio(four.in))}, out ${word(ratio(four.out))}, realloc ${word(ratio(four.realloc))}`;
  return [
    figure(
      'Extra copies',
      count(four.copies),
      '',
      'buffers of about the array’s size, alive beside it at the heap peak',
    ),
    figure('Extra heap', ratio(four.extraHeap), times, 'peak heap beyond the array and what was there before'),
    figure('Bytes moved', ratio(four.user), times, `copied in user space; kernel ${kernel}`),
    residentFigure(resident),
  ];
}

/** Without an array's size nothing can be counted in arrays: the figures that the source has. */
function plainFigures(figures: Figures, resident: Resident): HTMLElement[] {
  const { peak_heap_bytes: peak, allocations, bytes_copied: copied, duration_seconds: seconds } = figures;
  const kernel = `kernel in ${word(bytes(figures.bytes_in ?? null))}, out ${word(bytes(figures.bytes_out ?? null))}`;
  return [
    peak == null ? null : figure('Heap peak', bytes(peak), '', 'allocated at once, at most'),
    allocations == null ? null : figure('Allocations', count(allocations), '', 'blocks asked for'),
    copied == null ? null : figure('Bytes moved', bytes(copied), '', `copied in user space; ${kernel}`),
    resident.anonymous === null ? null : residentFigure(resident),
    seconds == null ? null : figure('Traced', duration(1000 * seconds), '', 'from the first record to the last'),
  ].filter((each): each is HTMLElement => each !== null);
}

export function verdict(
  title: string,
  figures: Figures,
  result: CopyRow | null,
  samples: {
    anonymous: number | null;
    file: number | null;
  },
  heading: 'h1' | 'h2' | 'h3',
  named: HTMLElement | null,
): HTMLElement {
  const four = fourFigures(figures, result);
  // Where the source says nothing of resident memory, the chart's samples do; what it says is unknown stays so.
  const told = result?.resident ?? figures.resident;
  const anonymous = told ? four.anonymous : samples.anonymous;
  const file = told ? four.file : samples.file;
  const atLeast = figures.known_until_ms != null ? 'at least ' : '';
  const array = result?.array_bytes ?? figures.array_bytes ?? null;
  const resident = { anonymous, file, fileGrowth: four.fileGrowth };
  const plain = array === null && atLeast === '' ? plainFigures(figures, resident) : [];
  const inTiles = plain.length > 0;
  // A figure that the source does not have is left out; one that it knows to be unknown is named.
  const fact = (value: number | null | undefined, text: (known: number) => string, unknown: string): string | null =>
    value === undefined ? null : value === null ? unknown : text(value);
  const facts = [
    array !== null ? `array ${bytes(array)}` : null,
    inTiles
      ? null
      : fact(figures.peak_heap_bytes, (known) => `heap peak ${atLeast}${bytes(known)}`, 'heap peak unknown'),
    figures.bytes_duplicated != null ? `${bytes(figures.bytes_duplicated)} held more than once` : null,
    four.scratch !== null ? `scratch ${bytes(four.scratch)}` : null,
    result?.slope != null ? `extra heap grows by ${Number(result.slope.toPrecision(2))} bytes per byte of array` : null,
    inTiles
      ? null
      : fact(figures.allocations, (known) => `${atLeast}${count(known)} allocations`, 'allocations unknown'),
    inTiles
      ? null
      : fact(figures.duration_seconds, (known) => `${duration(1000 * known)} traced`, 'traced time unknown'),
    result?.seconds ? `${duration(1000 * result.seconds.median)} untraced (median of ${result.seconds.repeat})` : null,
  ].filter((fact): fact is string => fact !== null);
  return h(
    'div',
    { class: 'verdict' },
    h('p', { class: 'eyebrow' }, result ? setting(result) : title),
    h(
      'div',
      { class: 'verdict-line' },
      h(
        'span',
        { class: 'verdict-glyph' },
        glyph(four.copies, four.extraHeap, result?.proven_copies ?? figures.proven_copies),
      ),
      h(heading, {}, sentence(figures, result, title)),
    ),
    result?.zero === true
      ? h(
          'p',
          { class: 'verdict-note' },
          'Counts as zero: the heap does not grow with the array, no file-backed memory stands in ' +
            `for it${result.codec === 'none' ? ', and nothing moved in user space' : '; what moved in user space stands below'}.`,
        )
      : null,
    h('dl', { class: 'figures' }, ...(inTiles ? plain : arrayFigures(four, resident))),
    inTiles
      ? h(
          'p',
          { class: 'small' },
          'No extra copies are counted: the size of the array is not known. Give it with ',
          h('code', {}, '--array-bytes'),
          ', or beside the file that you open.',
        )
      : null,
    named,
    h('p', { class: 'facts small soft' }, facts.join(' · ')),
    figures.command ? h('p', { class: 'facts small' }, h('code', {}, figures.command)) : null,
    result ? reproduced(result) : null,
  );
}

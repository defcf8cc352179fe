// Numbers as text. Sizes are decimal (100 MB = 100,000,000 bytes), as in the published tables of the copy study.

const kUnits = ['bytes', 'kB', 'MB', 'GB', 'TB'];
/** In tables and axes; a sentence says it in words. */
export const kUnknown = '–';
/** Between a number and its unit: they never part at a line's end. */
export const kNoBreak = '\u00a0';

/** 100000000 -> "100 MB"; three significant digits, no trailing zeros. Null (the source cannot tell) -> an en dash. */
export function bytes(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return kUnknown;
  let unit = 0;
  let scaled = Math.abs(value);
  while (scaled >= 999.5 && unit < kUnits.length - 1) {
    scaled /= 1000;
    unit += 1;
  }
  const digits = unit === 0 ? 0 : scaled >= 99.95 ? 0 : scaled >= 9.995 ? 1 : 2;
  const text = scaled.toFixed(digits);
  const trimmed = digits > 0 ? text.replace(/\.?0+$/, '') : text;
  const name = unit === 0 && trimmed === '1' ? 'byte' : kUnits[unit];
  return `${value < 0 ? '−' : ''}${trimmed}${kNoBreak}${name}`;
}

/** 1234567 -> "1,234,567" whatever the reader's locale is, so that a page reads the same everywhere. */
export function count(value: number | null | undefined): string {
  if (value === null || value === undefined) return kUnknown;
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** A ratio with two decimals: 0.6 -> "0.60". */
export function ratio(value: number | null | undefined): string {
  if (value === null || value === undefined) return kUnknown;
  const rounded = value.toFixed(2);
  return rounded === '-0.00' ? '0.00' : rounded.replace('-', '−');
}

/** Share of a whole: "12.3 %", "<0.1 %". */
export function share(part: number, whole: number): string {
  if (!(whole > 0)) return kUnknown;
  const percent = (100 * part) / whole;
  if (percent > 0 && percent < 0.1) return `<0.1${kNoBreak}%`;
  return `${percent.toFixed(percent >= 99.95 ? 0 : 1)}${kNoBreak}%`;
}

/** Milliseconds on a time axis or in a sentence: "0 ms", "180 ms", "1.24 s". */
export function duration(milliseconds: number | null | undefined): string {
  if (milliseconds === null || milliseconds === undefined) return kUnknown;
  if (milliseconds < 1) return `${milliseconds === 0 ? '0' : milliseconds.toFixed(2)}${kNoBreak}ms`;
  if (milliseconds < 1000) return `${Number(milliseconds.toPrecision(3))}${kNoBreak}ms`;
  return `${Number((milliseconds / 1000).toPrecision(3))}${kNoBreak}s`;
}

/** "1 block", "2 blocks". */
export function plural(n: number, one: string, many = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : many}`;
}

/** Last part of a path: "/usr/lib/python3/zarr/core.py" -> "core.py". */
export function baseName(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
}

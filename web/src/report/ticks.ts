// Round tick values for an axis that starts at zero. Pure.

/** About `wanted` ticks from 0 to beyond `max`, at 1, 2 or 5 times a power of ten. */
export function ticks(max: number, wanted: number): number[] {
  if (!(max > 0)) return [0];
  const rough = max / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((m) => m * power).find((candidate) => candidate >= rough * 0.999)!;
  const result: number[] = [];
  for (let i = 0; i * step <= max * 1.0001; i++) result.push(i * step);
  return result;
}

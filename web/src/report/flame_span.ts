// What is seen of a flame graph's width: zoomed and moved freely, within the whole. Pure.

const kZoomStep = 1.25;
const kPanStep = 0.1;

/** Left and right end, and the whole, in weight units. */
export type Span = [left: number, right: number, whole: number];

function within(left: number, width: number, whole: number): Span {
  const from = Math.max(0, Math.min(whole - width, left));
  return [from, from + width, whole];
}

/** `around`: the share of the width that stays where it is. */
export function magnified([left, right, whole]: Span, closer: boolean, around: number): Span {
  const width = Math.min(whole, Math.max(1, closer ? (right - left) / kZoomStep : (right - left) * kZoomStep));
  return within(left + (right - left - width) * around, width, whole);
}

export function panned([left, right, whole]: Span, forward: boolean): Span {
  const width = right - left;
  return within(left + (forward ? kPanStep : -kPanStep) * width, width, whole);
}

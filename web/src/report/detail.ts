// Detail: of a capture too large for one page, the columns of the range that the reader rests on, from the server that
// shows it. What the page has itself is drawn at once; the answer takes its place.

import { DetailData, readColumns } from '../profile/data';
import { ReportModel } from './model';
import { ReportView } from './report_view';

/** A range is asked for once the reader rests on it for so long. */
const kRest_ms = 200;

async function ask(
  url: string,
  model: ReportModel,
  from: number,
  to: number,
  signal: AbortSignal,
): Promise<DetailData> {
  const answer = await fetch(`${url}?from=${from}&to=${to}`, { signal });
  if (!answer.ok) throw new Error(`the server answered ${answer.status}`);
  const data = (await answer.json()) as DetailData;
  const { tree, threads } = model.profile;
  const columns = await readColumns(data, tree.parent.length, Math.max(1, threads.length));
  if (!signal.aborted) model.setDetail(data.from, data.to, columns);
  return data;
}

/** Asks for the range of every state that the view comes to rest on, and has it drawn again. `note` says what is shown. */
export function followDetail(url: string, view: ReportView, model: ReportModel, note: HTMLElement): void {
  let wait: ReturnType<typeof setTimeout> | undefined;
  let asked = new AbortController();
  const show = (): void => {
    const { from, to } = view.current;
    clearTimeout(wait);
    asked.abort();
    asked = new AbortController();
    const { signal } = asked;
    if (model.hasDetail(from, to)) return;
    wait = setTimeout(() => {
      ask(url, model, from, to, signal).then(
        ({ instants }) => {
          if (signal.aborted) return;
          view.restore(view.current);
          note.textContent = `The server's detail of this range: ${instants > 0 ? `blocks as they live at ${instants} instants of it` : 'every block'}.`;
        },
        (error: unknown) => {
          if (!signal.aborted) note.textContent = `This range is shown without the server's detail: ${String(error)}.`;
        },
      );
    }, kRest_ms);
  };
  const { onState } = view;
  view.onState = (step) => {
    onState(step);
    show();
  };
  window.addEventListener('popstate', show);
  window.addEventListener('hashchange', show);
  show();
}

/** What the page leaves out of a long run, in a sentence; empty where it shows all. */
export function thinnedText(detail: { instants: number; stacks: number; shown: number } | undefined): string {
  if (!detail) return '';
  const parts: string[] = [];
  if (detail.instants > 0) parts.push(`blocks are shown as they live at ${detail.instants} instants`);
  if (detail.shown < detail.stacks) {
    parts.push(`of ${detail.stacks} frames of stacks the ${detail.shown} largest, the others with their callers`);
  }
  return parts.length > 0 ? `A long run: ${parts.join('; ')}. All sums are exact.` : '';
}

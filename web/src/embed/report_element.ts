// <chunkmark-report src="run.cmk">: a capture's report in any page, in a shadow tree of its own, so that neither's style
// reaches the other. `array-bytes` tells the array's size where the capture does not; `heading` names the report. It
// dispatches "load" when the report is shown, and "error" (with `error`) when it cannot be.

import style from './report.css';
import { CoreWorker } from '../core_worker_client';
import { h } from '../dom';
import { mountReport } from '../report/mount';

const sheet = new CSSStyleSheet();
sheet.replaceSync(style);

const kAttributes = ['src', 'array-bytes', 'heading'];

export class ChunkmarkReport extends HTMLElement {
  static readonly observedAttributes = kAttributes;
  /** Where the worker and the module are, if not beside this one; to be set before the first element is made. */
  static workerUrl: string | URL | null = null;
  static moduleUrl: string | URL | null = null;
  static wasmUrl: string | URL | null = null;

  private readonly place = h('div', { class: 'page' });
  private abort: AbortController | null = null;

  constructor() {
    super();
    const root = this.attachShadow({ mode: 'open' });
    root.adoptedStyleSheets = [sheet]; // a page's policy need not allow inline styles
    root.append(this.place);
  }

  connectedCallback(): void {
    void this.load();
  }

  disconnectedCallback(): void {
    this.abort?.abort();
  }

  attributeChangedCallback(): void {
    if (this.isConnected) void this.load();
  }

  private async load(): Promise<void> {
    this.abort?.abort();
    const abort = new AbortController();
    this.abort = abort;
    const src = this.getAttribute('src');
    if (!src) return this.place.replaceChildren();
    this.place.replaceChildren(h('p', { class: 'soft' }, 'Reading…'));
    const worker = openCore();
    abort.signal.addEventListener('abort', () => worker.close());
    try {
      const response = await fetch(src, { signal: abort.signal });
      if (!response.ok) throw new Error(`${src}: expected a capture, the server answered ${response.status}`);
      const given = Number(this.getAttribute('array-bytes'));
      const title = this.getAttribute('heading') ?? src.split('/').pop()!;
      const params = { array_bytes: given > 0 ? given : null, title };
      const data = await worker.call('profile.report', params, await response.arrayBuffer());
      if (abort.signal.aborted) return;
      await mountReport(this.place, data, { heading: 'h3', fragment: null });
      this.dispatchEvent(new Event('load'));
    } catch (error) {
      if (abort.signal.aborted) return;
      const message = error instanceof Error ? error.message : String(error);
      this.place.replaceChildren(h('p', { class: 'error', role: 'alert' }, `This report cannot be shown: ${message}.`));
      this.dispatchEvent(new ErrorEvent('error', { error, message }));
    } finally {
      worker.close();
    }
  }
}

// The addresses stand as they are where they are used: that is how bundlers find the files.
function openCore(): CoreWorker {
  const { workerUrl, moduleUrl, wasmUrl } = ChunkmarkReport;
  const worker = workerUrl ?? new Worker(new URL('./core_worker.mjs', import.meta.url), { type: 'module' });
  const module = moduleUrl ?? new URL('./chunkmark-core.mjs', import.meta.url);
  const wasm = wasmUrl ?? new URL('./chunkmark-core.wasm', import.meta.url);
  return new CoreWorker(worker, new URL(module, document.baseURI).href, new URL(wasm, document.baseURI).href);
}

if (!customElements.get('chunkmark-report')) customElements.define('chunkmark-report', ChunkmarkReport);

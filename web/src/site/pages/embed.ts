// "Embed": three snippets, shown and run. What runs is what stands there: each snippet's text is a module of its own
// (site/embed/), which this page shows and imports.

import { byId, h } from '../../dom';
import { answers, loadCell, runUrl } from '../runs';
import { copyable, errorNote, siteUrl, startPage } from '../shell';

interface Snippet {
  run: (into: HTMLElement, capture: string | null) => Promise<void> | void;
}

const kSnippets = ['report', 'study', 'storage'];

/** A capture that is published here, for the snippet that shows one. */
async function capture(): Promise<string | null> {
  for (const { page, cells } of await answers().catch(() => [])) {
    const { run, result } = await loadCell(page, cells[0]);
    if (result.capture) return runUrl(run.id, result.capture);
  }
  return null;
}

async function show(name: string): Promise<void> {
  const into = byId(`snippet-${name}`);
  const address = siteUrl(`embed/${name}.mjs`);
  const output = h('div', { class: 'snippet-output', 'aria-live': 'polite' });
  const response = await fetch(address);
  if (!response.ok) throw new Error(`${address}: expected a snippet, the server answered ${response.status}`);
  const text = await response.text();
  const button = h('button', { type: 'button' }, 'Run');
  button.addEventListener('click', async () => {
    button.disabled = true;
    output.replaceChildren(h('p', { class: 'soft' }, 'Running…'));
    const place = h('div', {});
    try {
      const { run } = (await import(address)) as Snippet;
      await run(place, await capture());
      output.replaceChildren(place);
    } catch (error) {
      output.replaceChildren(errorNote(error, 'Run it again, or look at the console.'));
    } finally {
      button.disabled = false;
    }
  });
  into.replaceChildren(
    h('pre', { tabindex: 0 }, h('code', {}, text.trimEnd())),
    h('p', {}, button, ' ', copyable(address)),
    output,
  );
}

void startPage();
for (const name of kSnippets)
  show(name).catch((error: unknown) =>
    byId(`snippet-${name}`).replaceChildren(errorNote(error, 'Serve the folder that chunkmark site wrote.')),
  );

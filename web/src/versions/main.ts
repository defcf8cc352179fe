// Entry of the self-contained report of a run of the transaction study.

import { byId, h } from '../dom';
import type { VersionRecord } from '../generated/version_record';
import { printLight, themeButton } from '../theme';
import { mountVersions } from './view';

printLight();
byId('theme').replaceWith(themeButton());
const into = byId('report');
try {
  const { run } = JSON.parse(byId('report-data').textContent ?? '') as { run: VersionRecord };
  document.title = `${run.id} · Chunkmark`;
  mountVersions(into, run, { href: (row) => row.capture ?? null });
} catch (error) {
  into.replaceChildren(
    h(
      'p',
      { role: 'alert', class: 'error' },
      `This report's data could not be read: ${error instanceof Error ? error.message : String(error)}. ` +
        'Write the report again with chunkmark report.',
    ),
  );
}

// Entry of the self-contained report: reads the data from the page itself and shows them, or says what is wrong with them.

import { byId, h } from '../dom';
import { ReportData } from '../profile/data';
import { themeButton } from '../theme';
import { mountReport } from './mount';

async function start(): Promise<void> {
  byId('theme').replaceWith(themeButton());
  const into = byId('report');
  try {
    const data = JSON.parse(byId('report-data').textContent ?? '') as ReportData;
    document.title = `${data.title} · Chunkmark`;
    await mountReport(into, data, { heading: 'h1', linked: true });
  } catch (error) {
    into.replaceChildren(h('p', { role: 'alert', class: 'error' },
      `This report's data could not be read: ${error instanceof Error ? error.message : String(error)}. `
      + 'Write the report again with chunkmark report.'));
  }
}

void start();

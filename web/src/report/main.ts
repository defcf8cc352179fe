// Entry of the self-contained report: reads the data from the page itself and shows them, or says what is wrong with them.

import { byId, h } from '../dom';
import { ReportData } from '../profile/data';
import { printLight, themeButton } from '../theme';
import { mountReport } from './mount';
import { mountRun, RunReportData } from './run_report';

async function start(): Promise<void> {
  // Before any part draws for the printer.
  printLight();
  byId('theme').replaceWith(themeButton());
  const into = byId('report');
  try {
    const data = JSON.parse(byId('report-data').textContent ?? '') as ReportData | RunReportData;
    if (data.schema === 'chunkmark.run-report/1') {
      await mountRun(into, data);
      return;
    }
    document.title = `${data.title} · Chunkmark`;
    await mountReport(into, data, { heading: 'h1', fragment: '' });
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
}

void start();

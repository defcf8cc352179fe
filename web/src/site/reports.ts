// The data of a cell's report: of the page that stands beside its run, or else of its capture, read here.

import type { ReportData } from '../profile/data';
import type { Cell } from '../results/cell';
import { coreWorker } from './core';
import { runUrl } from './runs';

/** Where a report's page holds its data, in which every `<` is escaped. */
const kData = /<script type="application\/json" id="report-data">([^<]*)<\/script>/;

export async function reportOf({ run, result }: Omit<Cell, 'href'>): Promise<ReportData> {
  if (result.report) {
    const response = await fetch(runUrl(run.id, result.report));
    const data = response.ok ? kData.exec(await response.text())?.[1] : null;
    if (data) return JSON.parse(data) as ReportData;
  }
  if (!result.capture) throw new Error(`${run.id}: expected a report or a capture of this case, found neither`);
  const response = await fetch(runUrl(run.id, result.capture));
  if (!response.ok) throw new Error(`${result.capture}: expected a capture, the server answered ${response.status}`);
  return coreWorker().call(
    'profile.report',
    { array_bytes: result.array_bytes, title: result.capture },
    await response.arrayBuffer(),
  );
}

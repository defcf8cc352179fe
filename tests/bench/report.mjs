// Times the report in Chromium on a big random program: node tests/bench/report.mjs [RUNS]. Prints medians beside the goals;
// never a test, since a busy machine must not fail a build. Reports that the program writes are thinned; those of 200,000
// stacks and up to a million intervals are made here. Needs ./dev build.
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { fileUrl, launch } from '../browser/browser.mjs';
import { module } from '../browser/fixture/module.mjs';
import { writeReport } from '../browser/fixture/page.mjs';
import { randomReport } from '../browser/fixture/report2.mjs';
import { program } from '../browser/fixture/storage.mjs';
import { serve } from '../browser/serve.mjs';

const runs = Number(process.argv[2] ?? 7);
const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
const line = (what, values, goal) =>
  console.log(
    `${what.padEnd(72)} ${median(values).toFixed(0).padStart(6)} ms   ${values.map((v) => v.toFixed(0)).join(' ')}   goal < ${goal} ms`,
  );

/** From an action to the frame after the one that shows it, in the page. */
const timed = (page, action) =>
  page.evaluate(
    (source) =>
      new Promise((resolve) => {
        const started = performance.now();
        new Function(source)();
        requestAnimationFrame(() => requestAnimationFrame(() => resolve(performance.now() - started)));
      }),
    action,
  );

/** Processor time of all pages so far: what a loaded machine does not inflate as it does times on the clock. */
async function processorTime(session) {
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  return 1000 * processInfo.filter(({ type }) => type === 'renderer').reduce((sum, { cpuTime }) => sum + cpuTime, 0);
}

async function open(browser, session, url) {
  const context = await browser.newContext({ viewport: { width: 1400, height: 900 }, reducedMotion: 'reduce' });
  const page = await context.newPage();
  const before = await processorTime(session);
  await page.goto(url, { waitUntil: 'commit' });
  const painted = await page.waitForFunction(
    () => window.performance.getEntriesByName('chunkmark-painted')[0]?.startTime,
    { timeout: 60_000 },
  );
  const spent = (await processorTime(session)) - before;
  const at = await painted.jsonValue();
  await context.close();
  return { at, spent };
}

/** From a drop on the site's page to its flame graph. */
async function dropped(browser, site, capture) {
  const server = await serve(site);
  const times = [];
  for (let i = 0; i < runs; i++) {
    const context = await browser.newContext({ viewport: { width: 1400, height: 900 } });
    const page = await context.newPage();
    await page.goto(`${server.url}open.html`, { waitUntil: 'networkidle' });
    await page.evaluate(() => {
      const input = document.querySelector('#open-file');
      input.addEventListener('change', () => (window.began = performance.now()), { capture: true });
    });
    await page.setInputFiles('#open-file', capture);
    const painted = await page.waitForFunction(
      () => window.performance.getEntriesByName('chunkmark-painted')[0]?.startTime - window.began,
      { timeout: 60_000 },
    );
    times.push(await painted.jsonValue());
    await context.close();
  }
  await server.close();
  line('a capture of a million allocations, dropped: to the flame graph', times, 2000);
}

/** What the program makes of a capture with a million allocations and 500,000 stacks. */
async function ofCapture(browser) {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'chunkmark-report-'));
  try {
    const [capture, report] = ['million.bin', 'million.html'].map((name) => path.join(folder, name));
    const make = fileURLToPath(new URL('memray_capture.py', import.meta.url));
    execFileSync('python3', [make, capture, '2000000', '--round', '1000000']);
    execFileSync(program, ['report', capture, '-o', report], { stdio: 'ignore' });
    execFileSync(program, ['site', '-o', path.join(folder, 'site')], { cwd: folder, stdio: 'ignore' });
    await dropped(browser, path.join(folder, 'site'), capture);
    const name = `a capture of a million allocations, ${(await stat(report)).size >> 10} KiB`;
    await inPage(browser, name, fileUrl(report));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function inPage(browser, name, url) {
  const paints = [];
  const session = await browser.newBrowserCDPSession();
  for (let i = 0; i < runs; i++) paints.push(await open(browser, session, url));
  line(
    `${name}: first paint of the flame graph`,
    paints.map(({ at }) => at),
    500,
  );
  line(
    `${name}: processor time until then`,
    paints.map(({ spent }) => spent),
    500,
  );
  const context = await browser.newContext({ viewport: { width: 1400, height: 900 }, reducedMotion: 'reduce' });
  const page = await context.newPage();
  // Everything that was ever allocated: every frame weighs something.
  await page.goto(`${url}#m=allocated`);
  await page.waitForSelector('.functions tfoot', { timeout: 60_000 });
  await page.evaluate(() => {
    window.longest = 0;
    new PerformanceObserver((list) => {
      for (const { duration } of list.getEntries()) window.longest = Math.max(window.longest, duration);
    }).observe({ type: 'longtask' });
  });
  await page.focus('.flame-scroller');
  const key = (name) =>
    `document.querySelector('.flame-scroller').dispatchEvent(new KeyboardEvent('keydown', { key: '${name}', bubbles: true }));`;
  const choose = (view) =>
    `const box = document.querySelector('input[type=radio][value=${view}]'); box.checked = true;
    box.dispatchEvent(new Event('change', { bubbles: true }));`;
  const zooms = [];
  for (let i = 0; i < runs; i++) {
    await timed(page, key('ArrowDown'));
    zooms.push(await timed(page, key('Enter')));
    await page.waitForTimeout(250);
  }
  await timed(page, key('Home'));
  await timed(page, key('Enter'));
  line(`${name}: zoom`, zooms, 100);
  const searches = [];
  for (let i = 0; i < runs; i++) {
    searches.push(
      await timed(
        page,
        `const box = document.querySelector('input[type=search]'); box.value = 'function_${i + 1}';
      box.dispatchEvent(new Event('input'));`,
      ),
    );
    await page.waitForTimeout(250);
  }
  line(`${name}: search`, searches, 100);
  await timed(
    page,
    "const box = document.querySelector('input[type=search]'); box.value = ''; box.dispatchEvent(new Event('input'));",
  );
  await page.waitForTimeout(300);
  const brushes = [];
  for (let i = 0; i < runs; i++) {
    brushes.push(
      await timed(
        page,
        `document.querySelector('[aria-label="End of the range"]').dispatchEvent(
      new KeyboardEvent('keydown', { key: 'ArrowLeft', bubbles: true }));`,
      ),
    );
    await page.waitForTimeout(600);
  }
  line(`${name}: one step of the brush to the flame graph`, brushes, 100);
  const inversions = [];
  for (let i = 0; i < runs; i++) {
    inversions.push(await timed(page, choose('inverted')));
    await timed(page, choose('icicle'));
  }
  line(`${name}: inverted view`, inversions, 300);
  line(`${name}: longest task, tables included`, [await page.evaluate(() => window.longest)], 200);
  await context.close();
}

async function pure() {
  const p = await module();
  const n = 1_000_000;
  const stacks = 200_000;
  let state = 1;
  const pick = (below) => Math.floor(((state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32) * below);
  const t0 = Uint32Array.from({ length: n }, () => pick(4e6)).sort();
  const intervals = {
    t0,
    t1: t0.map((t) => t + pick(300_000)),
    bytes: Float64Array.from({ length: n }, () => pick(4000)),
    blocks: new Uint32Array(n).fill(1),
    stack: Uint32Array.from({ length: n }, () => pick(stacks)),
    thread: new Uint32Array(n),
  };
  const parent = Int32Array.from({ length: stacks }, (_, i) => (i === 0 ? -1 : Math.max(0, i - 1 - pick(60))));
  const times = { timeline: [], query: [] };
  let timeline;
  for (let i = 0; i < runs; i++) {
    let started = performance.now();
    timeline = p.heapTimeline(intervals, null);
    times.timeline.push(performance.now() - started);
    started = performance.now();
    const found = p.select({ intervals }, stacks, { mode: 'peak', from: 1e5 * i, to: 3e6, threads: null }, timeline);
    p.accumulate(parent, found.selfBytes);
    times.query.push(performance.now() - started);
  }
  line('a million intervals: heap over time (once)', times.timeline, 400);
  line('a million intervals: range to sums by stack', times.query, 100);
}

console.log(
  `load ${os
    .loadavg()
    .map((load) => load.toFixed(1))
    .join(' ')}, ${os.cpus().length} processors`,
);
await pure();
const browser = await launch();
await ofCapture(browser);
for (const rows of [200_000, 1_000_000]) {
  const name = `unthinned: 200,000 stacks, ${rows.toLocaleString('en')} intervals`;
  await inPage(browser, name, fileUrl(await writeReport(randomReport({ stacks: 200_000, rows }), `${rows}.html`)));
}
await browser.close();

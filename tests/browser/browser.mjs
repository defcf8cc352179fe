// Chromium for the tests: one browser a test file, and pages that fail a test on any console error, uncaught error or
// request that leaves the page's own origin.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { load } from '../../web/packages.mjs';

const { chromium } = load('playwright-core');

/** Debian's Chromium, or the one that CHUNKMARK_CHROMIUM names. */
export const chromiumPath = process.env.CHUNKMARK_CHROMIUM ?? '/usr/bin/chromium';

/** How long a test waits for what must come: long, since a busy machine is no defect. */
export const kPatience_ms = 120_000;

/** Waits until `read` gives what is expected; fails with what it gave last. */
export async function settles(read, expected) {
  const until = Date.now() + kPatience_ms;
  let found = await read();
  while (!isDeepStrictEqual(found, expected) && Date.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, 20));
    found = await read();
  }
  assert.deepEqual(found, expected);
}

function started() {
  assert.ok(existsSync(chromiumPath), `expected a Chromium at ${chromiumPath}; set CHUNKMARK_CHROMIUM`);
  return {
    executablePath: chromiumPath,
    headless: true,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  };
}

export const launch = async () => chromium.launch(started());

/** As launch(), but each context has a profile on the disk, as people's browsers have. In the others, which are private,
 * another process keeps a page's files in memory. */
export async function launchProfiles() {
  const folders = [];
  return {
    async newContext(options) {
      folders.push(await mkdtemp(path.join(os.tmpdir(), 'chunkmark-profile-')));
      return chromium.launchPersistentContext(folders.at(-1), { ...started(), ...options });
    },
    close: () => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))),
  };
}

/** Runs `body(page, context)` on a new page; afterwards nothing may have gone wrong that `allow` (a RegExp) does not name. */
export async function withPage(browser, options, body) {
  const { allow, ...contextOptions } = options;
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...contextOptions });
  const page = await context.newPage();
  page.setDefaultTimeout(kPatience_ms);
  const wrong = [];
  const origins = new Set();
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) wrong.push(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => wrong.push(`uncaught: ${error.message}`));
  page.on('request', (request) =>
    origins.add(request.url().replace(/^(blob:|file:\/\/|https?:\/\/[^/]+|data:).*/, '$1')),
  );
  try {
    await body(page, context);
    const outside = [...origins].filter(
      (origin) => !['data:', 'blob:', 'file://'].includes(origin) && origin !== new URL(page.url()).origin,
    );
    assert.deepEqual(outside, [], 'requests left the origin');
    assert.deepEqual(
      wrong.filter((text) => !allow?.test(text)),
      [],
      'the page reported errors',
    );
  } finally {
    await context.close();
  }
}

export const fileUrl = (file) => new URL(`file://${file}`).href;

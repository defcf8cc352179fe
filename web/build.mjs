// Builds the web side: node build.mjs OUTDIR writes OUTDIR/report.html (template of the self-contained report) and
// OUTDIR/site/ (the static site). Deterministic: the same source gives the same bytes.
import { createHash } from 'node:crypto';
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { load } from './packages.mjs';

const esbuild = load('esbuild');
const here = path.dirname(fileURLToPath(import.meta.url));
const kToken = '@@REPORT_DATA@@';
// ES2021: what every browser with DecompressionStream runs.
const kOptions = {
  bundle: true,
  minify: true,
  charset: 'utf8',
  legalComments: 'none',
  target: ['es2021'],
  logLevel: 'warning',
};

const source = (...parts) => path.join(here, 'src', ...parts);

async function bundle(entry, options = {}) {
  const result = await esbuild.build({ ...kOptions, entryPoints: [entry], write: false, ...options });
  return result.outputFiles[0].text.trimEnd();
}

const hashSource = (text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

export async function reportTemplate() {
  const script = await bundle(source('report', 'main.ts'), { format: 'iife' });
  const style = await bundle(source('report', 'page.css'));
  if (script.includes('</script') || style.includes('</style'))
    throw new Error('report: a closing tag inside the bundle');
  const icon = encodeURIComponent((await readFile(path.join(here, '..', 'site', 'favicon.svg'), 'utf8')).trim());
  const fields = {
    SCRIPT: script,
    STYLE: style,
    SCRIPT_HASH: hashSource(script),
    STYLE_HASH: hashSource(style),
    ICON: icon,
  };
  const page = (await readFile(source('report', 'report.html'), 'utf8')).replace(
    /\{\{(\w+)\}\}/g,
    (_, name) => fields[name],
  );
  const tokens = page.split(kToken).length - 1;
  if (tokens !== 1) throw new Error(`report: expected the data token once, found ${tokens}`);
  return page;
}

async function site(outdir) {
  await rm(outdir, { recursive: true, force: true });
  await mkdir(path.join(outdir, 'assets'), { recursive: true });
  await cp(path.join(here, '..', 'site'), outdir, { recursive: true });
  await esbuild.build({
    ...kOptions,
    format: 'esm',
    splitting: true,
    outdir: path.join(outdir, 'assets'),
    entryPoints: {
      site: source('site', 'main.ts'),
      core_worker: source('core_worker.ts'),
      site_style: source('site', 'page.css'),
    },
    chunkNames: '[name]-[hash]',
  });
}

export async function build(outdir) {
  await mkdir(outdir, { recursive: true });
  await writeFile(path.join(outdir, 'report.html'), await reportTemplate());
  await site(path.join(outdir, 'site'));
}

if (process.argv[1] && path.resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const outdir = process.argv[2];
  if (!outdir) {
    console.error('usage: node build.mjs OUTDIR');
    process.exit(2);
  }
  await build(path.resolve(outdir));
}

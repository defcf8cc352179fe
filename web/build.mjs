// Builds the web side: node build.mjs OUTDIR writes OUTDIR/report.html and OUTDIR/versions.html (templates of the
// self-contained reports: of captures and of runs of the transaction study), OUTDIR/site/ (the static site) and OUTDIR/npm/
// (what pages of others embed), and OUTDIR/peers/ (libraries of others that the studies compare with in pages, each as
// one ES module). Deterministic: the same source gives the same bytes.
import { createHash } from 'node:crypto';
import { cp, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { linkPictures } from './link_pictures.mjs';
import { load, packageRoot } from './packages.mjs';
import { chartSpecs } from './src/versions/specs.mjs';

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
  plugins: [
    {
      name: 'charts',
      setup(build) {
        build.onResolve({ filter: /^versions:specs$/ }, ({ path: name }) => ({ path: name, namespace: 'charts' }));
        build.onLoad({ filter: /.*/, namespace: 'charts' }, async () => ({
          contents: JSON.stringify(await chartSpecs()),
          loader: 'json',
        }));
      },
    },
  ],
};

const kWords = path.join(here, '..', 'site');
/** The page of one answer: its tokens are filled for each by the native program. */
const kAnswer = 'answer.html';
const source = (...parts) => path.join(here, 'src', ...parts);

async function bundle(entry, options = {}) {
  const result = await esbuild.build({ ...kOptions, entryPoints: [entry], write: false, ...options });
  return result.outputFiles[0].text.trimEnd();
}

const hashSource = (text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

/** `folder`: the sources of one of them: "report", "versions". */
export async function reportTemplate(folder) {
  const script = await bundle(source(folder, 'main.ts'), { format: 'iife' });
  const style = await bundle(source(folder, 'page.css'));
  if (script.includes('</script') || style.includes('</style'))
    throw new Error(`${folder}: a closing tag inside the bundle`);
  const icon = encodeURIComponent((await readFile(path.join(here, '..', 'site', 'favicon.svg'), 'utf8')).trim());
  const fields = {
    SCRIPT: script,
    STYLE: style,
    SCRIPT_HASH: hashSource(script),
    STYLE_HASH: hashSource(style),
    ICON: icon,
  };
  const page = (await readFile(source(folder, 'report.html'), 'utf8')).replace(
    /\{\{(\w+)\}\}/g,
    (_, name) => fields[name],
  );
  const tokens = page.split(kToken).length - 1;
  if (tokens !== 1) throw new Error(`${folder}: expected the data token once, found ${tokens}`);
  return page;
}

// What a page of the site is called where every page leads.
const kPages = [
  ['here.html', 'Run it here'],
  ['open.html', 'Open'],
  ['compare.html', 'Compare'],
  ['runs.html', 'Runs'],
  ['versions.html', 'Versions'],
  ['method.html', 'Method'],
  ['embed.html', 'Embed'],
];

/** A page of words (site/NAME.html: what it is in a comment, then its body) in the frame that all share. */
async function pageOf(name) {
  const shell = await readFile(source('site', 'shell.html'), 'utf8');
  const [, about, body] = /^<!-- (\{.*?\}) -->\n(.*)$/s.exec(await readFile(path.join(kWords, name), 'utf8')) ?? [];
  if (!about) throw new Error(`site/${name}: expected a first line that says what the page is`);
  const { title, description, script, style = 'site', root = '', linked = '' } = JSON.parse(about);
  const link = ([page, text]) => `<a href="${root}${page}"${page === name ? ' aria-current="page"' : ''}>${text}</a>`;
  const fields = {
    ROOT: root,
    TITLE: title,
    DESCRIPTION: description,
    HEAD: linked,
    SCRIPT: script,
    STYLE: style,
    NAV: kPages.map(link).join(' '),
    BODY: body.trimEnd(),
  };
  return shell.replace(/\{\{(\w+)\}\}/g, (_, field) => fields[field]);
}

async function site(outdir) {
  await rm(outdir, { recursive: true, force: true });
  await mkdir(path.join(outdir, 'assets'), { recursive: true });
  for (const name of await readdir(kWords)) {
    if (name === kAnswer || name === 'runs') continue; // runs: `chunkmark site` reads them, and writes those pages
    if (name.endsWith('.html')) await writeFile(path.join(outdir, name), await pageOf(name));
    else await cp(path.join(kWords, name), path.join(outdir, name), { recursive: true });
  }
  await linkPictures(path.join(outdir, 'assets', 'link'));
  const pages = (await readdir(source('site', 'pages'))).map((file) => [
    path.parse(file).name,
    source('site', 'pages', file),
  ]);
  await esbuild.build({
    ...kOptions,
    format: 'esm',
    splitting: true,
    outdir: path.join(outdir, 'assets'),
    entryPoints: {
      ...Object.fromEntries(pages),
      file_word: source('site', 'file_word.ts'),
      core_worker: source('core_worker.ts'),
      storage_worker: source('storage', 'worker.ts'),
      study_worker: source('study', 'worker.ts'),
      site_style: source('site', 'page.css'),
      versions: source('versions', 'site.ts'),
      versions_style: source('versions', 'page.css'),
    },
    chunkNames: '[name]-[hash]',
  });
}

// A shadow tree has no document: what is said of its root holds for its host.
const kShadow = {
  name: 'shadow',
  setup(build) {
    build.onLoad({ filter: /embed[\\/]report\.css$/ }, async ({ path: file }) => {
      const text = await bundle(file);
      const scoped = text
        .replace(/:root(\[[^\]]*\]|:not\([^)]*\))/g, ':host($1)')
        .replace(/:root/g, ':host')
        .replace(/(^|[},])html(?=[,{])/g, '$1:host')
        .replace(/(^|[},])body(?=[,{ ])/g, '$1.page');
      return { contents: scoped, loader: 'text' };
    });
  },
};

/** The package: ES modules and their workers. The WebAssembly modules and the types come from ./dev npm. */
async function embedding(outdir) {
  await rm(outdir, { recursive: true, force: true });
  await mkdir(outdir, { recursive: true });
  await esbuild.build({
    ...kOptions,
    minify: false, // the comments by which bundlers leave an import() alone would go
    minifySyntax: true,
    target: ['es2022'],
    format: 'esm',
    outdir,
    outExtension: { '.js': '.mjs' },
    entryPoints: {
      index: source('embed', 'index.ts'),
      report: source('embed', 'report_element.ts'),
      worker: source('storage', 'worker.ts'),
      core_worker: source('core_worker.ts'),
      study: source('study', 'index.ts'),
      study_worker: source('study', 'worker.ts'),
      peer_worker: source('study', 'peers', 'worker.ts'),
      version_peer_worker: source('study', 'peers', 'version_worker.ts'),
    },
    plugins: [...kOptions.plugins, kShadow],
  });
  await cp(path.join(here, 'npm'), outdir, { recursive: true });
}

/** What an engine in JavaScript is made of, by name and version, stands in its module as `libraries`. */
async function peers(outdir) {
  await rm(outdir, { recursive: true, force: true });
  for (const names of [['zarrita', 'numcodecs'], ['h5wasm']]) {
    const libraries = {};
    for (const name of names)
      libraries[name] = JSON.parse(
        await readFile(path.join(packageRoot, 'node_modules', name, 'package.json'), 'utf8'),
      ).version;
    await esbuild.build({
      ...kOptions,
      target: ['es2022'],
      format: 'esm',
      stdin: {
        contents: `export * from '${names[0]}'; export const libraries = ${JSON.stringify(libraries)};`,
        resolveDir: packageRoot,
      },
      outfile: path.join(outdir, `${names[0]}.mjs`),
    });
  }
}

export async function build(outdir) {
  await mkdir(outdir, { recursive: true });
  await writeFile(path.join(outdir, 'report.html'), await reportTemplate('report'));
  await writeFile(path.join(outdir, 'versions.html'), await reportTemplate('versions'));
  await writeFile(path.join(outdir, kAnswer), await pageOf(kAnswer));
  await site(path.join(outdir, 'site'));
  await embedding(path.join(outdir, 'npm'));
  await cp(path.join(outdir, 'npm'), path.join(outdir, 'site', 'chunkmark'), { recursive: true });
  await peers(path.join(outdir, 'peers'));
}

if (process.argv[1] && path.resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const outdir = process.argv[2];
  if (!outdir) {
    console.error('usage: node build.mjs OUTDIR');
    process.exit(2);
  }
  await build(path.resolve(outdir));
}

// Writes src/generated: node types.mjs. TypeScript's view of what is defined elsewhere in JSON: the types of both kinds of
// run record (shared/record/*.schema.json), bounds and media, and what is known of the studies' engines
// (shared/study/peers/*.json).
// The files are kept in git, so that nobody needs this to build; a test holds them to their sources.
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { load } from './packages.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));
const shared = (...parts) => path.join(here, '..', 'shared', ...parts);
const kFolder = path.join(here, 'src', 'generated');
const kLead = (sources) => `// Made by web/types.mjs from ${sources}; not to be edited.\n`;
const style = () => load('prettier').resolveConfig(path.join(kFolder, 'run_record.ts'));

const camel = (name) => name.replace(/(?:^|_)(\w)/g, (_, letter) => letter.toUpperCase());

// References to another schema's file become imports of the types that were made of it.
const kOther = /^run\.schema\.json#\/\$defs\/(\w+)$/;
function withImports(value, imported) {
  if (Array.isArray(value)) return value.map((each) => withImports(each, imported));
  if (typeof value !== 'object' || value === null) return value;
  const name = kOther.exec(value.$ref ?? '')?.[1];
  if (!name) return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, withImports(each, imported)]));
  imported.add(name);
  return { tsType: name };
}

async function recordTypes(file) {
  const { compile } = load('json-schema-to-typescript');
  const schema = JSON.parse(await readFile(shared('record', file), 'utf8'));
  const imported = new Set();
  const own = withImports(schema, imported);
  const imports = imported.size ? `import type { ${[...imported].sort().join(', ')} } from './run_record';\n` : '';
  const text = await compile(own, schema.title, {
    additionalProperties: false, // a reader leaves alone what it does not know
    bannerComment: `${kLead(`shared/record/${file}`)}\n${imports}`,
    ignoreMinAndMaxItems: true, // and its types alone: C++ holds records to the rest
    style: await style(),
  });
  return load('prettier').format(text, { ...(await style()), parser: 'typescript' }); // the banner's imports too
}

async function constants(schema, peers, engines) {
  const bounds = Object.entries(schema['x-bounds']).filter(([, value]) => typeof value === 'number');
  const text = [
    kLead('shared/record/run.schema.json and shared/study/peers/*.json'),
    ...bounds.map(([name, value]) => `export const k${camel(name)} = ${value};`),
    `export const kDisks = ${JSON.stringify(schema['x-media'].disk)};`,
    `export const kMemories = ${JSON.stringify(schema['x-media'].memory)};`,
    `export const kPeerTitles: Record<string, string> = ${JSON.stringify(
      Object.fromEntries(peers.map(({ name, title }) => [name, title])),
    )};`,
    `/** Of the transaction study, in the order in which tables show them. */`,
    `export const kVersionEngines: { name: string; title: string; versioned: boolean; promise: string }[] = ${JSON.stringify(
      engines.map(({ name, title, versioned, promise }) => ({ name, title, versioned, promise })),
    )};`,
  ].join('\n');
  return load('prettier').format(text, { ...(await style()), parser: 'typescript' });
}

/** Name of each file in src/generated, and its text. */
export async function generated() {
  const schema = JSON.parse(await readFile(shared('record', 'run.schema.json'), 'utf8'));
  const read = async (file) => JSON.parse(await readFile(shared('study', 'peers', file), 'utf8'));
  return {
    'run_record.ts': await recordTypes('run.schema.json'),
    'version_record.ts': await recordTypes('versions.schema.json'),
    'constants.ts': await constants(
      schema,
      [...(await read('peers.json')), ...(await read('page_peers.json'))],
      [...(await read('version_peers.json')), ...(await read('page_version_peers.json'))],
    ),
  };
}

if (process.argv[1] && path.resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  await mkdir(kFolder, { recursive: true });
  for (const [name, text] of Object.entries(await generated())) await writeFile(path.join(kFolder, name), text);
}

// Writes src/generated: node types.mjs. TypeScript's view of what is defined elsewhere in JSON: the run record's types
// (shared/record/run.schema.json), its bounds and media, and the titles of the peers (shared/study/peers/peers.json).
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

async function recordTypes(schema) {
  const { compile } = load('json-schema-to-typescript');
  return compile(schema, schema.title, {
    additionalProperties: false, // a reader leaves alone what it does not know
    bannerComment: kLead('shared/record/run.schema.json'),
    ignoreMinAndMaxItems: true, // and its types alone: C++ holds records to the rest
    style: await style(),
  });
}

async function constants(schema, peers) {
  const bounds = Object.entries(schema['x-bounds']).filter(([, value]) => typeof value === 'number');
  const text = [
    kLead('shared/record/run.schema.json and shared/study/peers/peers.json'),
    ...bounds.map(([name, value]) => `export const k${camel(name)} = ${value};`),
    `export const kDisks = ${JSON.stringify(schema['x-media'].disk)};`,
    `export const kMemories = ${JSON.stringify(schema['x-media'].memory)};`,
    `export const kPeerTitles: Record<string, string> = ${JSON.stringify(
      Object.fromEntries(peers.map(({ name, title }) => [name, title])),
    )};`,
  ].join('\n');
  return load('prettier').format(text, { ...(await style()), parser: 'typescript' });
}

/** Name of each file in src/generated, and its text. */
export async function generated() {
  const schema = JSON.parse(await readFile(shared('record', 'run.schema.json'), 'utf8'));
  const peers = JSON.parse(await readFile(shared('study', 'peers', 'peers.json'), 'utf8'));
  return { 'run_record.ts': await recordTypes(schema), 'constants.ts': await constants(schema, peers) };
}

if (process.argv[1] && path.resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  await mkdir(kFolder, { recursive: true });
  for (const [name, text] of Object.entries(await generated())) await writeFile(path.join(kFolder, name), text);
}

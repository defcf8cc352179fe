// Workers for pages whose code may come from another origin.

export const absolute = (url: string | URL | undefined): string | undefined =>
  url && new URL(url, document.baseURI).href;

/** Of modules, by name, the addresses of the .mjs and the .wasm. */
export type ModulePlaces<Name extends string> = Record<Name, [string, string]>;

/** `beside`: where they are unless a folder is told that has them. */
export function modulesIn<Name extends string>(
  folder: string | URL | undefined,
  beside: ModulePlaces<Name>,
): ModulePlaces<Name> {
  const base = absolute(folder);
  if (!base) return beside;
  const moved = Object.keys(beside).map((name) => [
    name,
    ['mjs', 'wasm'].map((end) => new URL(`chunkmark-${name}.${end}`, base).href),
  ]);
  return Object.fromEntries(moved) as ModulePlaces<Name>;
}

/** A worker of another origin cannot be started; one that imports it can. */
export function farWorker(url: string): Worker {
  if (new URL(url).origin === location.origin) return new Worker(url, { type: 'module' });
  const script = new Blob([`import ${JSON.stringify(url)};`], { type: 'text/javascript' });
  const address = URL.createObjectURL(script);
  try {
    return new Worker(address, { type: 'module' });
  } finally {
    setTimeout(() => URL.revokeObjectURL(address), 60_000);
  }
}

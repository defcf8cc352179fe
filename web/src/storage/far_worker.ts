// Workers for pages whose code may come from another origin.

export const absolute = (url: string | URL | undefined): string | undefined =>
  url && new URL(url, document.baseURI).href;

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

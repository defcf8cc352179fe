// KeptFiles: what a reader has opened, kept by this browser (IndexedDB) so that its address shows it again after a reload.
// Nothing leaves the machine. The newest few are kept; older ones go.

const kStore = 'files';
const kKept = 12;
/** Larger ones would fill the reader's disk a second time: they are shown, and gone after a reload. */
const kMaxKeptBytes = 500_000_000;

export interface KeptFile {
  id: string;
  opened: number;
  file: File;
}

function asked<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('the browser keeps no files'));
  });
}

async function store(mode: IDBTransactionMode): Promise<IDBObjectStore> {
  const opening = indexedDB.open('chunkmark', 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(kStore, { keyPath: 'id' });
  const database = await asked(opening);
  return database.transaction(kStore, mode).objectStore(kStore);
}

/** Newest first. */
export async function keptFiles(): Promise<KeptFile[]> {
  const files = (await asked((await store('readonly')).getAll())) as KeptFile[];
  return files.sort((a, b) => b.opened - a.opened);
}

/** The name by which its address finds it; rejects where the browser has no room or keeps nothing. */
export async function keep(file: File): Promise<string> {
  if (file.size > kMaxKeptBytes) throw new Error(`${file.name}: too large to be kept by the browser`);
  const id = crypto.randomUUID();
  const files = await keptFiles();
  const to = await store('readwrite');
  for (const old of files.slice(kKept - 1)) to.delete(old.id);
  await asked(to.put({ id, opened: Date.now(), file } satisfies KeptFile));
  return id;
}

export async function keptFile(id: string): Promise<File | null> {
  const found = (await asked((await store('readonly')).get(id))) as KeptFile | undefined;
  return found?.file ?? null;
}

// Made by web/types.mjs from shared/record/run.schema.json and shared/study/peers/*.json; not to be edited.

export const kSmallArrayBytes = 25000000;
export const kFileGrowthBytes = 8000000;
export const kSlope = 0.01;
export const kMovedUncompressed = 0.01;
export const kDisks = ['ext4', 'xfs', 'btrfs', 'zfs', 'f2fs', 'bcachefs', 'overlay', 'vfat', 'exfat', 'ntfs3'];
export const kMemories = ['tmpfs', 'ramfs'];
export const kPeerTitles: Record<string, string> = {
  'zarr-python-2': 'zarr-python 2',
  'zarr-python-3': 'zarr-python 3',
  obstore: 'obstore',
  s3fs: 's3fs',
  tensorstore: 'tensorstore',
  zarrs: 'zarrs',
  zarrista: 'zarrista',
  icechunk: 'icechunk',
  'chunkmark-python': 'Chunkmark from Python',
  zarrita: 'zarrita.js',
};
/** Of the transaction study, in the order in which tables show them. */
export const kVersionEngines: { name: string; title: string; versioned: boolean; promise: string }[] = [
  {
    name: 'versioned-hdf5',
    title: 'versioned-hdf5',
    versioned: true,
    promise:
      'One HDF5 file that any HDF5 library reads. Equal chunks are stored once. Old versions are as fast as the latest. A crash within a commit may damage the file.',
  },
  {
    name: 'arcticdb',
    title: 'ArcticDB (LMDB)',
    versioned: true,
    promise:
      'A database of data frames in a folder. Each write is forced to the disk (fdatasync), as our durable commit is. Segments are compressed with LZ4 and, as set here, equal ones stored once. A version is of one frame: the dense arrays are three, each with versions of its own; nothing is written where nothing changes.',
  },
  {
    name: 'icechunk',
    title: 'icechunk (local)',
    versioned: true,
    promise:
      'A Zarr store in a folder, of many files. A commit is atomic. Chunks that a commit does not touch are shared, equal ones are not found. In a folder a commit is not forced to the disk.',
  },
  {
    name: 'tiledb',
    title: 'TileDB (time stamps)',
    versioned: true,
    promise:
      'Three arrays in folders; a version is a time stamp, and each write of an array is a fragment, forced to the disk (fsync): three writes, not one commit. A changed tile is written again, equal ones are not found, and reading the latest version meets the fragments before it.',
  },
  {
    name: 'chunkmark',
    title: 'Chunkmark',
    versioned: true,
    promise:
      "The same file as versioned-hdf5's, which reads and extends it. A commit happens wholly or not at all, and with power_loss it is on the disk when it returns. Equal chunks are stored once.",
  },
  {
    name: 'chunkmark-python',
    title: 'Chunkmark from Python',
    versioned: true,
    promise: 'The same engine and file, called from Python.',
  },
  {
    name: 'hdf5',
    title: 'HDF5 library, no versions',
    versioned: false,
    promise: 'The latest state alone, changed in place: nothing to go back to. A crash may damage the file.',
  },
  { name: 'h5py', title: 'h5py, no versions', versioned: false, promise: 'As the HDF5 library, from Python.' },
  {
    name: 'h5wasm',
    title: 'h5wasm, no versions',
    versioned: false,
    promise: 'The HDF5 library as WebAssembly, in pages: the latest state alone, in a file in memory.',
  },
];

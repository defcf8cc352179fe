// Made by web/types.mjs from shared/record/run.schema.json and shared/study/peers/peers.json; not to be edited.

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
};

#include "native/study/store_filesystem.h"

#include <sys/vfs.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>

#include "base/error.h"

namespace chunkmark::native_study {
namespace {

struct FileSystem {
  std::uint32_t magic;
  const char* name;
};
constexpr FileSystem kFileSystems[] = {
    {0x0000ef53, "ext4"},  // ext2 and ext3 have the same number
    {0x58465342, "xfs"},      {0x9123683e, "btrfs"},   {0x2fc12fc1, "zfs"},   {0xf2f52010, "f2fs"},
    {0xca451a4e, "bcachefs"}, {0x794c7630, "overlay"}, {0x00004d44, "vfat"},  {0x2011bab0, "exfat"},
    {0x7366746e, "ntfs3"},    {0x01021994, "tmpfs"},   {0x858458f6, "ramfs"}, {0x00006969, "nfs"},
    {0xff534d42, "cifs"},     {0xfe534d42, "smb2"},    {0x01021997, "9p"},    {0x65735546, "fuse"},
    {0x00c36400, "ceph"},     {0x0bd00bd0, "lustre"},  {0x47504653, "gpfs"},
};

}  // namespace

std::string filesystem_name(const std::filesystem::path& folder) {
  struct statfs status;
  if (statfs(folder.c_str(), &status) != 0) {
    throw Error(ErrorCode::kIo, folder.string() + ": " + std::strerror(errno));
  }
  const auto magic = static_cast<std::uint32_t>(status.f_type);
  for (const FileSystem& known : kFileSystems) {
    if (known.magic == magic) return known.name;
  }
  char text[16];
  std::snprintf(text, sizeof text, "0x%x", static_cast<unsigned>(magic));
  return text;
}

}  // namespace chunkmark::native_study

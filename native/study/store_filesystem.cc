#include "native/study/store_filesystem.h"

#include <sys/vfs.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>

#include "base/error.h"

namespace chunkmark::native_study {
namespace {

enum class Medium { kDisk, kMemory, kOther };
struct FileSystem {
  std::uint32_t magic;
  const char* name;
  Medium medium;
};
constexpr FileSystem kFileSystems[] = {
    {0x0000ef53, "ext4", Medium::kDisk},  // ext2 and ext3 have the same number
    {0x58465342, "xfs", Medium::kDisk},      {0x9123683e, "btrfs", Medium::kDisk},
    {0x2fc12fc1, "zfs", Medium::kDisk},      {0xf2f52010, "f2fs", Medium::kDisk},
    {0xca451a4e, "bcachefs", Medium::kDisk}, {0x794c7630, "overlay", Medium::kDisk},
    {0x00004d44, "vfat", Medium::kDisk},     {0x2011bab0, "exfat", Medium::kDisk},
    {0x7366746e, "ntfs3", Medium::kDisk},    {0x01021994, "tmpfs", Medium::kMemory},
    {0x858458f6, "ramfs", Medium::kMemory},  {0x00006969, "nfs", Medium::kOther},
    {0xff534d42, "cifs", Medium::kOther},    {0xfe534d42, "smb2", Medium::kOther},
    {0x01021997, "9p", Medium::kOther},      {0x65735546, "fuse", Medium::kOther},
    {0x00c36400, "ceph", Medium::kOther},    {0x0bd00bd0, "lustre", Medium::kOther},
    {0x47504653, "gpfs", Medium::kOther},
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

std::string filesystem_text(const std::string& name) {
  for (const FileSystem& known : kFileSystems) {
    if (known.name != name || known.medium == Medium::kOther) continue;
    return (known.medium == Medium::kMemory ? "memory (" : "disk (") + name + ")";
  }
  return name;
}

}  // namespace chunkmark::native_study

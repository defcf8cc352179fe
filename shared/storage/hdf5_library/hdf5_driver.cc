#include "storage/hdf5_library/hdf5_driver.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/error.h"

namespace chunkmark::hdf5_library {

namespace {

// The library casts between this and its own part, which must come first.
struct OpenFile {
  H5FD_t library;
  Hdf5Driver* driver;
  haddr_t end_of_addresses;
};

// What travels in the property list.
struct Access {
  Hdf5Driver* driver;
};

OpenFile* opened(const H5FD_t* file) {
  return reinterpret_cast<OpenFile*>(const_cast<H5FD_t*>(file));
}

// Runs `body`; an exception is kept for the caller of the library, who gets `failure` through it.
template <typename Result, typename Body>
Result guarded(Hdf5Driver* driver, Result failure, Body body) noexcept {
  try {
    return body();
  } catch (...) {
    driver->keep(std::current_exception());
    return failure;
  }
}

H5FD_t* driver_open(const char*, unsigned flags, hid_t access, haddr_t) {
  const auto* info = static_cast<const Access*>(H5Pget_driver_info(access));
  if (!info) return nullptr;
  return guarded<H5FD_t*>(info->driver, nullptr, [&]() -> H5FD_t* {
    if (flags & H5F_ACC_TRUNC) info->driver->file().truncate(0);
    auto* file = new OpenFile{};
    file->driver = info->driver;
    info->driver->set_end(&file->end_of_addresses);
    return &file->library;
  });
}

herr_t driver_close(H5FD_t* file) {
  opened(file)->driver->set_end(nullptr);
  delete opened(file);
  return 0;
}

int driver_compare(const H5FD_t* a, const H5FD_t* b) {
  const auto key = [](const H5FD_t* file) { return reinterpret_cast<std::uintptr_t>(&opened(file)->driver->file()); };
  return key(a) < key(b) ? -1 : key(a) > key(b);
}

herr_t driver_query(const H5FD_t*, unsigned long* flags) {
  *flags = 0;
  return 0;
}

haddr_t driver_get_eoa(const H5FD_t* file, H5FD_mem_t) {
  return opened(file)->end_of_addresses;
}

herr_t driver_set_eoa(H5FD_t* file, H5FD_mem_t, haddr_t address) {
  opened(file)->end_of_addresses = address;
  return 0;
}

haddr_t driver_get_eof(const H5FD_t* file, H5FD_mem_t) {
  OpenFile* self = opened(file);
  return guarded<haddr_t>(self->driver, HADDR_UNDEF, [&] { return self->driver->file().size(); });
}

herr_t driver_read(H5FD_t* file, H5FD_mem_t, hid_t, haddr_t address, size_t size, void* into) {
  OpenFile* self = opened(file);
  return guarded<herr_t>(self->driver, -1, [&] {
    // Allocated but never written bytes lie behind the end: they read as zeros.
    const std::uint64_t end = self->driver->file().size();
    const std::uint64_t there = address >= end ? 0 : std::min<std::uint64_t>(size, end - address);
    const MutableByteView bytes(static_cast<std::byte*>(into), size);
    if (there > 0) self->driver->file().read_at(address, bytes.first(there));
    if (there < size) std::memset(bytes.data() + there, 0, size - there);
    return 0;
  });
}

// Writes happen within the library's flush, which HDF5 1.10 does not recover from if one of them fails: the file can
// then be neither used nor closed, and ends the process at its exit. So the library is told of none; the caller is.
template <typename Body>
herr_t written(H5FD_t* file, Body body) noexcept {
  Hdf5Driver* driver = opened(file)->driver;
  if (driver->discards()) return 0;
  guarded<herr_t>(driver, 0, [&] {
    try {
      body(driver->file());
    } catch (...) {
      driver->discard_writes();
      throw;
    }
    return 0;
  });
  return 0;
}

herr_t driver_write(H5FD_t* file, H5FD_mem_t, hid_t, haddr_t address, size_t size, const void* from) {
  return written(file, [&](bytes::RandomAccess& to) {
    to.write_at(address, ByteView(static_cast<const std::byte*>(from), size));
  });
}

herr_t driver_truncate(H5FD_t* file, hid_t, hbool_t) {
  const std::uint64_t end = opened(file)->end_of_addresses;
  return written(file, [&](bytes::RandomAccess& to) {
    if (to.size() != end) to.truncate(end);
  });
}

H5FD_class_t driver_class() {
  H5FD_class_t description{};
#if H5_VERSION_GE(1, 13, 0)
  description.version = H5FD_CLASS_VERSION;
  description.value = static_cast<H5FD_class_value_t>(H5_VFD_RESERVED + 1);
#endif
  description.name = "chunkmark";
  description.maxaddr = HADDR_MAX;
  description.fc_degree = H5F_CLOSE_STRONG;
  description.fapl_size = sizeof(Access);
  description.open = driver_open;
  description.close = driver_close;
  description.cmp = driver_compare;
  description.query = driver_query;
  description.get_eoa = driver_get_eoa;
  description.set_eoa = driver_set_eoa;
  description.get_eof = driver_get_eof;
  description.read = driver_read;
  description.write = driver_write;
  description.truncate = driver_truncate;
  const H5FD_mem_t one_list[] = H5FD_FLMAP_SINGLE;
  std::memcpy(description.fl_map, one_list, sizeof one_list);
  return description;
}

herr_t innermost(unsigned, const H5E_error2_t* error, void* text) {
  *static_cast<std::string*>(text) = error->desc ? error->desc : "";
  return 0;
}

}  // namespace

Hdf5Driver::Hdf5Driver(bytes::RandomAccess& file) : file_(file) {
  const H5FD_class_t description = driver_class();
  driver_ = H5FDregister(&description);
  access_ = driver_ < 0 ? H5I_INVALID_HID : H5Pcreate(H5P_FILE_ACCESS);
  const Access info{this};
  if (access_ < 0 || H5Pset_driver(access_, driver_, &info) < 0) {
    throw Error(ErrorCode::kIo, file.name() + ": the HDF5 library refuses the file driver");
  }
}

Hdf5Driver::~Hdf5Driver() {
  H5Pclose(access_);
  H5FDunregister(driver_);
}

std::uint64_t Hdf5Driver::reserve(std::uint64_t bytes) {
  constexpr haddr_t kAlignment = 8;
  if (end_ == nullptr)
    throw Error(ErrorCode::kIo, file_.name() + ": reserve: the file is not open in the HDF5 library");
  const haddr_t start = (*end_ + kAlignment - 1) / kAlignment * kAlignment;
  if (bytes > 0) *end_ = start + bytes;
  return start;
}

void Hdf5Driver::fail(const std::string& what) {
  if (kept_) {
    const std::exception_ptr error = std::exchange(kept_, nullptr);
    H5Eclear2(H5E_DEFAULT);
    std::rethrow_exception(error);
  }
  std::string reason;
  H5Ewalk2(H5E_DEFAULT, H5E_WALK_DOWNWARD, innermost, &reason);
  H5Eclear2(H5E_DEFAULT);
  throw Error(ErrorCode::kIo, file_.name() + ": " + what + ": " + (reason.empty() ? "HDF5 failed" : reason));
}

}  // namespace chunkmark::hdf5_library

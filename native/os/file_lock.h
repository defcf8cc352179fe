// Locks on one file between processes. All belong to an open descriptor: the kernel gives them back when its process
// ends, however it ends.
//
// WriterLock is flock(2), exclusive, as the HDF5 library takes it: one writer at a time, and no program that has the
// file open through that library (h5py takes it shared to read) beside one. ReadLock and ReadersOut are open-file-
// description locks on two bytes far behind any file's end: readers hold the first ("the door") only to get to the
// second ("the room"), whoever waits to be alone holds the door, so that readers who come and go cannot keep it waiting
// for ever.
#pragma once

#include <chrono>
#include <string>

namespace chunkmark::os {

using Milliseconds = std::chrono::milliseconds;

class WriterLock {
 public:
  // Waits so long for another holder. Errors: kConflict, which says who may hold it.
  WriterLock(int fd, const std::string& name, Milliseconds wait);
  ~WriterLock();
  WriterLock(const WriterLock&) = delete;
  WriterLock& operator=(const WriterLock&) = delete;

 private:
  int fd_;
};

// A reader's share of the room. Errors: kUnavailable when a writer keeps it out for 30 seconds.
void lock_reading(int fd, const std::string& name);
void unlock_reading(int fd);

// Alone in the room. `fd` must be open for writing. Errors: as above.
class ReadersOut {
 public:
  ReadersOut(int fd, const std::string& name);
  ~ReadersOut();
  ReadersOut(const ReadersOut&) = delete;
  ReadersOut& operator=(const ReadersOut&) = delete;

 private:
  int fd_;
};

}  // namespace chunkmark::os

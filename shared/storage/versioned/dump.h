// Dump: a whole versioned file as one JSON document, every dataset of every version with the hash of its contents.
//
// {data_version, current_version, versions: {NAME: {prev_version, timestamp, committed, attrs, groups, datasets: {PATH:
// {shape, dtype, type, chunks, fillvalue, attrs, sha256[, data]}}}}}. A dataset that cannot be read has "error" instead
// of sha256. Contents are hashed in bounded pieces. What takes far more reading than the file has bytes (a few stored
// bytes declared to be an exabyte of fill value) gets a null sha256 and "not_hashed": why.
#pragma once

#include <cstdint>

#include "base/json.h"
#include "storage/versioned/versioned_file.h"

namespace chunkmark::versioned {

struct DumpOptions {
  bool data = false;       // with every element of datasets up to 64 MiB
  bool sequences = false;  // "json_sha256" of elements that are not hashed otherwise: of their JSON, one per line
  // Logical bytes that are hashed (or listed) for each byte of the file, and besides: an honest file's versions repeat.
  std::uint64_t budget_factor = 4096;
  std::uint64_t budget_bytes = 4ull << 30;
};

json::object dump_file(VersionedFile& file, const DumpOptions& options);

// A file without versions: {datasets: {PATH: as above, with layout and filters}, groups, attrs: {GROUP: its
// attributes}, links: {PATH: where a soft or external one leads}, unreadable: {PATH: why}}.
json::object dump_plain_file(Session& session, const DumpOptions& options);

// What one dataset is: shape, dtype, type (in words), chunks, fillvalue, attrs, and where its elements are stored as
// such layout, filters (their numbers) and filters_text.
json::object dataset_facts(const VersionDataset& dataset, Session& session);

// Of the group or dataset whose header lies there.
json::object object_attributes_json(Session& session, std::uint64_t address);

// Reads every element and what it refers to, unless they are far more than the file holds.
void read_whole(const VersionDataset& dataset, Session& session);

// SHA-256 of a dataset's elements in row-major order, variable-length strings as their lengths and bytes; kUnsupported
// for elements that refer elsewhere.
std::string dataset_sha256(const VersionDataset& dataset, Session& session);

}  // namespace chunkmark::versioned

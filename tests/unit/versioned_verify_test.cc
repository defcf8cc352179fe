// What verify must find, one kind of damage at a time; and nothing in a sound file.
#include <algorithm>
#include <set>

#include "storage/versioned/verify.h"
#include "unit/catch.h"
#include "unit/versioned_fixture.h"

namespace chunkmark::versioned {
namespace {

VerifyReport verify_bytes(std::vector<std::byte> bytes) {
  const bytes::MemoryFile memory("damaged.h5", std::move(bytes));
  VersionedFile file(memory);
  return verify(file);
}

std::set<std::string> codes(const VerifyReport& report) {
  std::set<std::string> found;
  for (const Finding& finding : report.findings) found.insert(finding.code);
  return found;
}

const FixtureArray kTen = FixtureArray::of<std::int32_t>({10}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
const FixtureArray kOther = FixtureArray::of<std::int32_t>({10}, {0, 1, 2, 3, 4, 50, 6, 7, 8, 9});

// Two versions of one dataset, with something done between or after.
struct Case {
  const char* name;
  std::function<void(VersionedFixture&)> before, between, after;
  std::set<std::string> expected;
  bool sound;
  std::vector<std::string> damaged;
};

void set_parent(VersionedFixture& fixture, const char* version, const char* parent) {
  const hid_t group = H5Gopen2(fixture.id(), (std::string("/_version_data/versions/") + version).c_str(), H5P_DEFAULT);
  const hid_t old = H5Aopen(group, "prev_version", H5P_DEFAULT), type = H5Aget_type(old);
  H5Awrite(old, type, static_cast<const void*>(&parent));
  H5Tclose(type);
  H5Aclose(old);
  H5Gclose(group);
}

void make_group(VersionedFixture& fixture, const char* path) {
  H5Gclose(H5Gcreate2(fixture.id(), path, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
}

TEST_CASE("verify finds each kind of damage, and says which versions it reaches") {
  const Case cases[] = {
      {"sound", {}, {}, {}, {}, true, {}},
      {"rows missing: the case that loses data at upstream's next commit",
       {},
       [](auto& f) { f.flaws.skip_rows = true; },
       {},
       {"missing_row", "next_slot_in_use"},
       false,
       {}},
      {"a hash that is not its chunk's",
       {},
       [](auto& f) { f.flaws.wrong_hash = true; },
       {},
       {"hash_mismatch"},
       false,
       {"r2"}},
      {"merged mappings", [](auto& f) { f.flaws.merge_mappings = true; }, {}, {}, {"merged_mapping"}, false, {}},
      {"mappings that point behind raw_data",
       {},
       [](auto& f) { f.flaws.mapping_outside = true; },
       {},
       {"mapping_outside"},
       false,
       {"r2"}},
      {"a ring of parents", {}, {}, [](auto& f) { set_parent(f, "r1", "r2"); }, {"parent_cycle"}, false, {}},
      {"a parent that is gone", {}, {}, [](auto& f) { set_parent(f, "r2", "r0"); }, {"dangling_parent"}, true, {}},
      {"a version that was never committed, and is the current one",
       {},
       {},
       [](auto& f) {
         f.commit("half", "r2", "2024-01-03", {{"x", kTen}}, false);
       },
       {"uncommitted", "no_current"},
       false,
       {}},
      {"a current version that is not there",
       {},
       {},
       [](auto& f) { f.set_current("gone"); },
       {"no_current"},
       false,
       {}},
      {"a time that is none",
       {},
       {},
       [](auto& f) {
         f.commit("r3", "r2", "yesterday", {{"x", kTen}});
       },
       {"bad_timestamp"},
       true,
       {}},
      {"what crashed writers leave behind",
       {},
       {},
       [](auto& f) {
         make_group(f, "/_version_data/__tmp__");
         make_group(f, "/_version_data/x/_tmp_raw_data");
       },
       {"leftover"},
       true,
       {}},
      {"a dataset that no version has",
       {},
       {},
       [](auto& f) {
         f.declare("unused", {H5T_NATIVE_INT32, {4}, {}, {}});
       },
       {"orphan_dataset"},
       true,
       {}},
      {"an old data version", {}, {}, [](auto& f) { f.set_data_version(2); }, {"old_data_version"}, false, {}},
      {"a group that contains itself",
       {},
       {},
       [](auto& f) {
         H5Lcreate_hard(f.id(), "/_version_data/versions/r2", f.id(), "/_version_data/versions/r2/again", H5P_DEFAULT,
                        H5P_DEFAULT);
       },
       {"unreadable_version"},
       false,
       {"r2"}},
  };
  for (const Case& one : cases) {
    CAPTURE(one.name);
    VersionedFixture fixture;
    if (one.before) one.before(fixture);
    fixture.declare("x", {H5T_NATIVE_INT32, {4}, {}, {}});
    fixture.commit("r1", "__first_version__", "2024-01-01", {{"x", kTen}});
    if (one.between) one.between(fixture);
    fixture.commit("r2", "r1", "2024-01-02", {{"x", kOther}});
    if (one.after) one.after(fixture);
    const VerifyReport report = verify_bytes(fixture.image());
    for (const Finding& finding : report.findings) INFO(finding.code + " " + finding.object + ": " + finding.message);
    CHECK(codes(report) == one.expected);
    CHECK(report.sound() == one.sound);
    CHECK(report.damaged_versions == one.damaged);
    CHECK(verify_json(report).at("sound").as_bool() == one.sound);
  }
}

TEST_CASE("verify finds any changed byte of array data") {
  VersionedFixture fixture;
  std::vector<std::uint8_t> values(256);
  for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<std::uint8_t>(i * 7 + 3);
  fixture.declare("x", {H5T_NATIVE_UINT8, {64}, {}, {}});
  fixture.commit("r1", "__first_version__", "2024-01-01", {{"x", FixtureArray::of<std::uint8_t>({256}, values)}});
  std::vector<std::byte> bytes = fixture.image();
  const auto data = std::search(bytes.begin(), bytes.end(), values.begin(), values.begin() + 64,
                                [](std::byte b, std::uint8_t v) { return b == std::byte{v}; });
  REQUIRE(data != bytes.end());
  for (long i = 0; i < 64; ++i) {
    data[i] ^= std::byte{0x10};
    const VerifyReport report = verify_bytes(bytes);
    CHECK(codes(report) == std::set<std::string>{"hash_mismatch"});
    CHECK(report.damaged_versions == std::vector<std::string>{"r1"});
    data[i] ^= std::byte{0x10};
  }
}

}  // namespace
}  // namespace chunkmark::versioned

// Staging against a plain array: any sequence of reads, writes, stores, resizes and commits shows the same elements.
#include <random>

#include "unit/catch.h"
#include "unit/commit_fixture.h"

namespace chunkmark::versioned {
namespace {

using array::Region;
using array::Shape;

// The model: every element of a large enough box, by its index, so that resizing is a matter of bounds.
struct Model {
  std::int32_t fill;
  Shape shape;
  std::vector<std::int32_t> values;  // dense

  std::size_t offset(const Shape& at, const Shape& in) const {
    std::size_t offset = 0;
    for (std::size_t axis = 0; axis < at.size(); ++axis) offset = offset * in[axis] + at[axis];
    return offset;
  }
  template <typename Visit>
  static void each(const Region& region, Visit visit) {
    if (array::element_count(region.shape) == 0) return;
    Shape at = region.start;
    for (;;) {
      visit(at);
      std::size_t axis = at.size();
      while (axis > 0 && ++at[axis - 1] == region.start[axis - 1] + region.shape[axis - 1]) {
        at[axis - 1] = region.start[axis - 1];
        --axis;
      }
      if (axis == 0) return;
    }
  }
  void resize(const Shape& next) {
    std::vector<std::int32_t> moved(array::element_count(next), fill);
    Region common{Shape(shape.size(), 0), shape};
    for (std::size_t axis = 0; axis < shape.size(); ++axis) common.shape[axis] = std::min(shape[axis], next[axis]);
    each(common, [&](const Shape& at) { moved[offset(at, next)] = values[offset(at, shape)]; });
    shape = next;
    values = std::move(moved);
  }
};

Region random_region(const Shape& shape, std::mt19937_64& random) {
  Region region{Shape(shape.size(), 0), Shape(shape.size(), 0)};
  for (std::size_t axis = 0; axis < shape.size(); ++axis) {
    region.start[axis] = random() % (shape[axis] + 1);
    region.shape[axis] = random() % (shape[axis] - region.start[axis] + 1);
  }
  return region;
}

Shape random_shape(std::size_t rank, std::uint64_t scale, std::mt19937_64& random) {
  Shape shape(rank);
  for (std::uint64_t& extent : shape) extent = random() % 12 == 0 ? 0 : 1 + random() % (scale * (rank == 1 ? 40 : 9));
  return shape;
}

void step(StagedDataset& staged, Model& model, std::uint64_t scale, std::mt19937_64& random) {
  Region region = random_region(model.shape, random);
  const int kind = static_cast<int>(random() % 6);
  if (kind == 5) {  // rows behind the last one
    region = array::whole(model.shape);
    region.start[0] = model.shape[0];
    region.shape[0] = random() % (2 * scale + 1);
    Shape next = model.shape;
    next[0] += region.shape[0];
    staged.resize(next);
    model.resize(next);
  }
  const std::size_t count = array::element_count(region.shape);
  switch (kind) {
    case 0: {
      const Shape next = random_shape(model.shape.size(), scale, random);
      staged.resize(next);
      return model.resize(next);
    }
    case 1:
    case 2:
    case 5: {
      std::vector<std::int32_t> values(count);
      for (std::int32_t& value : values)
        value = random() % 4 == 0 ? model.fill : static_cast<std::int32_t>(random() % 100);
      const auto* bytes = reinterpret_cast<const std::byte*>(values.data());
      staged.write(region, array::Source::dense(bytes, staged.dtype(), region.shape));
      std::size_t next = 0;
      return Model::each(region,
                         [&](const Shape& at) { model.values[model.offset(at, model.shape)] = values[next++]; });
    }
    case 3: {
      if (model.values.empty()) return;
      Shape at(model.shape.size());
      for (std::size_t axis = 0; axis < at.size(); ++axis) at[axis] = random() % model.shape[axis];
      const auto value = static_cast<std::int32_t>(random() % 100);
      std::memcpy(staged.element(at), &value, sizeof value);
      model.values[model.offset(at, model.shape)] = value;
      return;
    }
    default: {
      std::vector<std::int32_t> values(count, -1);
      auto* bytes = reinterpret_cast<std::byte*>(values.data());
      staged.read(region, array::Dest::dense(bytes, staged.dtype(), region.shape));
      std::size_t next = 0;
      bool equal = true;
      Model::each(region, [&](const Shape& at) {
        equal = equal && values[next++] == model.values[model.offset(at, model.shape)];
      });
      REQUIRE(equal);
    }
  }
}

TEST_CASE("random edits, branches and commits read as a plain array does") {
  for (std::uint64_t seed = 0; seed < 108; ++seed) {
    std::mt19937_64 random(seed);
    // Of every third, chunks are large enough for hashes of their first rows to be kept.
    const std::uint64_t rank = 1 + seed % 3, scale = seed / 3 % 3 != 0 ? 1 : rank == 1 ? 800 : rank == 2 ? 20 : 5;
    const std::int32_t fill = seed / 36 % 2 == 0 ? 7 : 0;
    CommitFixture f;
    std::map<std::string, Model> versions;
    DatasetOptions options;
    options.type = numpy_type_message("<i4");
    for (std::size_t axis = 0; axis < rank; ++axis) options.chunk.push_back(1 + random() % (scale * 5));
    const auto fill_bytes = std::as_bytes(std::span(&fill, 1));
    options.fill.assign(fill_bytes.begin(), fill_bytes.end());
    const int kind = static_cast<int>(seed / 9 % 4);
    if (kind == 1) options.filters = {{2, true, "", {4}}, {1, true, "", {6}}};
    if (kind == 2) options.edges = EdgeCompression::kTrim;
    if (kind == 3) options.edges = EdgeCompression::kDeflate;
    for (int number = 0; number < 6; ++number) {
      const std::string name = "r" + std::to_string(number);
      std::string parent = f.writer->current_name();
      if (number > 0 && random() % 3 == 0) parent = "r" + std::to_string(random() % static_cast<std::uint64_t>(number));
      Stage stage = f.writer->stage(name, parent);
      Model model{fill, {}, {}};
      if (versions.count(parent) == 0) {
        options.shape = model.shape = random_shape(rank, scale, random);
        model.values.assign(array::element_count(model.shape), fill);
        stage.create_dataset("x", options);
      } else {
        model = versions[parent];
      }
      for (std::uint64_t i = random() % 12; i > 0; --i) step(stage.dataset("x"), model, scale, random);
      if (random() % 5 == 0) {  // dropped: nothing is left of it
        --number;
        continue;
      }
      f.commit(stage);
      versions[name] = model;
      if (random() % 3 == 0) {
        f.close();
        f.open();
      }
    }
    f.close();
    INFO("seed " << seed);
    for (const auto& [name, model] : versions)
      REQUIRE(read_all<std::int32_t>(f.disk.now().file, name, "x") == model.values);
    REQUIRE(f.findings() == "");
  }
}

TEST_CASE("strings are staged, committed and found again") {
  CommitFixture f;
  DatasetOptions options;
  options.type = string_type_message();
  options.shape = {5};
  options.chunk = {2};
  Stage first = f.writer->stage("a");
  first.create_dataset("t", options).write_strings({{1}, {3}}, std::vector<std::string>{"one", "", "drei é"});
  CHECK(f.commit(first).chunks_written == 2);
  Stage second = f.writer->stage("b");
  StagedDataset& t = second.dataset("t");
  CHECK(t.read_strings({{0}, {5}}) == std::vector<std::string>{"", "one", "", "drei é", ""});
  t.resize({4});
  t.write_strings({{0}, {2}}, std::vector<std::string>{"", "one"});
  const CommitSummary summary = f.commit(second);
  CHECK(summary.chunks_found == 1);
  f.close();
  f.open();
  Stage third = f.writer->stage("c", "a");
  CHECK(third.dataset("t").read_strings({{0}, {5}}) == std::vector<std::string>{"", "one", "", "drei é", ""});
  CHECK_THROWS_AS(third.dataset("t").write_strings({{0}, {1}}, std::vector<std::string>{std::string("a\0b", 3)}),
                  Error);
  f.close();
  CHECK(f.findings() == "");
}

TEST_CASE("what cannot be is refused by name") {
  CommitFixture f;
  DatasetOptions options;
  options.type = numpy_type_message("<f8");
  options.shape = {3};
  Stage stage = f.writer->stage("a");
  for (const char* path : {"", "/x", "x/", "x//y", ".", "versions", "versions/x", "x/raw_data", "a/hash_table/b"}) {
    INFO(path);
    CHECK_THROWS_AS(stage.create_dataset(path, options), Error);
  }
  for (const char* name : {"", "a/b", "__first_version__", "."}) CHECK_THROWS_AS(f.writer->stage(name), Error);
  CHECK_THROWS_AS(f.writer->stage("b", "nobody"), Error);
  stage.create_dataset("group/x", options);
  CHECK_THROWS_AS(stage.create_dataset("group/x", options), Error);
  CHECK_THROWS_AS(stage.create_dataset("group", options), Error);
  CHECK_THROWS_AS(stage.create_dataset("group/x/y", options), Error);
  CHECK_THROWS_AS(stage.dataset("group/x").set<float>({0}, 1), Error);
  CHECK_THROWS_AS(stage.dataset("group/x").set<double>({3}, 1), Error);
  CHECK_THROWS_AS(stage.dataset("group/x").resize({3, 3}), Error);
  f.commit(stage);
  CHECK_THROWS_AS(f.writer->stage("a"), Error);
  Stage next = f.writer->stage("b");
  next.remove("group");
  CHECK(next.datasets().empty());
  CHECK_THROWS_AS(next.remove("group"), Error);
  options.type = numpy_type_message("<f4");
  CHECK_THROWS_AS(next.create_dataset("group/x", options), Error);  // its type is fixed for the file's life
  options.type = numpy_type_message("<f8");
  next.create_dataset("group/x", options);
  f.commit(next);
  f.close();
  CHECK(f.findings() == "");
}

TEST_CASE("of two stages that bring the same new path, the second must agree on what it is") {
  CommitFixture f;
  DatasetOptions options;
  options.type = numpy_type_message("<i4");
  options.shape = {3};
  Stage first = f.writer->stage("a"), same = f.writer->stage("b", ""), other = f.writer->stage("c", "");
  first.create_dataset("x", options).set<std::int32_t>({0}, 1);
  same.create_dataset("x", options).set<std::int32_t>({0}, 1);
  options.type = numpy_type_message("<f8");
  other.create_dataset("x", options).set<double>({0}, 1);
  CHECK(f.commit(first).chunks_written == 1);
  CHECK(f.commit(same).chunks_found == 1);
  CHECK_THROWS_AS(f.commit(other), Error);
  f.close();
  CHECK(f.findings() == "");
  CHECK(read_all<std::int32_t>(f.disk.now().file, "b", "x") == std::vector<std::int32_t>{1, 0, 0});
}

std::map<std::string, std::uint64_t> addresses_of(const std::vector<std::byte>& image, const std::string& version) {
  const bytes::MemoryFile file("file", image);
  VersionedFile versions(file);
  std::map<std::string, std::uint64_t> addresses;
  versions.open(version).walk([&](const Version::Entry& entry) {
    if (entry.kind == Version::Entry::Kind::kDataset) addresses[entry.path] = entry.address;
  });
  return addresses;
}

// The Python library's modify_metadata() visits an object once, whatever links it has.
TEST_CASE("a dataset that did not change is an object of its own in each version, unless links are asked for") {
  const bool reopened = GENERATE(false, true);
  CommitFixture f;
  DatasetOptions options;
  options.type = numpy_type_message("<i4");
  options.shape = {6};
  options.chunk = {4};
  Stage first = f.writer->stage("a");
  first.create_dataset("x", options).set<std::int32_t>({5}, 3);
  first.create_dataset("group/empty", options);
  first.attributes("x")["unit"] = AttributeValue::text("m");
  f.commit(first);
  const auto again = [&](const char* name, Unchanged unchanged) {
    if (reopened) {
      f.close();
      f.open();
    }
    Stage stage = f.writer->stage(name);
    const CommitSummary summary = f.writer->commit(stage, {.unchanged = unchanged});
    CHECK(summary.datasets_unchanged == 2);
    CHECK(summary.chunks_written == 0);
  };
  again("b", Unchanged::kCopied);
  again("c", Unchanged::kLinked);
  f.close();
  CHECK(f.findings() == "");
  const auto& image = f.disk.now().file;
  const auto a = addresses_of(image, "a"), b = addresses_of(image, "b"), c = addresses_of(image, "c");
  for (const char* path : {"x", "group/empty"}) {
    CHECK(a.at(path) != b.at(path));
    CHECK(b.at(path) == c.at(path));
  }
  for (const char* version : {"a", "b", "c"}) {
    CHECK(read_all<std::int32_t>(image, version, "x") == std::vector<std::int32_t>{0, 0, 0, 0, 0, 3});
    CHECK(read_all<std::int32_t>(image, version, "group/empty") == std::vector<std::int32_t>(6));
    const bytes::MemoryFile file("file", image);
    VersionedFile versions(file);
    CHECK(versions.open(version).dataset("x").attributes().size() == 3);
  }
}

}  // namespace
}  // namespace chunkmark::versioned

// The words that people read in a stack, and which frames are a runtime's.
#include "instrument/profile/frame_text.h"

#include "instrument/profile/display_tree.h"
#include "instrument/profile/sites.h"
#include "unit/catch.h"

namespace chunkmark::profile {
namespace {

TEST_CASE("a file's name without its folders") {
  struct Row {
    const char* path;
    const char* name;
  };
  for (const Row& row : {Row{"/usr/lib/libblosc.so.1", "libblosc.so.1"}, Row{"a", "a"}, Row{"", ""}, Row{"/", ""},
                         Row{"a/b/", ""}, Row{"[vdso]", "[vdso]"}}) {
    CHECK(base_name(row.path) == row.name);
  }
}

TEST_CASE("a frame is its symbol, or its address") {
  capture::StackTree tree;
  tree.modules.push_back("/opt/lib/x.so");
  tree.strings = {"", "encode", "codec.py"};
  struct Row {
    capture::Frame frame;
    const char* text;
  };
  const Row rows[] = {
      {{capture::FrameKind::kNative, 1, 0xbeef, {}}, "x.so+0xbeef"},
      {{capture::FrameKind::kNative, 0, 0, {}}, "unknown+0x0"},
      {{capture::FrameKind::kNative, 1, ~std::uint64_t{0}, {}}, "x.so+0xffffffffffffffff"},
      {{capture::FrameKind::kNative, 1, 7, {{1, 0, 0}}}, "encode"},
      {{capture::FrameKind::kNative, 1, 7, {{1, 2, 0}}}, "encode codec.py"},
      {{capture::FrameKind::kNative, 1, 7, {{1, 0, 12}}}, "encode:12"},
      {{capture::FrameKind::kPython, 0, 0, {{1, 2, 12}}}, "encode codec.py:12"},
      {{capture::FrameKind::kNative, 1, 7, {{1, 2, 12}, {2, 0, 0}}},
       "encode codec.py:12"},  // the innermost inlined one
  };
  for (const Row& row : rows) CHECK(frame_text(tree, row.frame) == row.text);
}

TEST_CASE("frames that only carry out an allocation or a copy for somebody") {
  struct Row {
    const char* module;
    const char* function;
    bool runtime;
  };
  const Row rows[] = {
      {"/lib/x86_64-linux-gnu/libc.so.6", "malloc", true},
      {"/lib/libc-2.31.so", "malloc", true},
      {"/lib64/ld-linux-x86-64.so.2", "_dl_init", true},
      {"/usr/lib/libstdc++.so.6", "", true},
      {"/usr/lib/libc++.so.1", "", true},
      {"/usr/lib/libm.so.6", "exp", true},
      {"/usr/lib/libcrypto.so", "EVP_Digest", false},
      {"/usr/lib/libmagic.so", "f", false},
      {"/app", "operator new(unsigned long)", true},
      {"/app", "operator new[](unsigned long, std::nothrow_t const&)", true},
      {"/app", "operator<<(Stream&, int)", false},
      {"/app", "void std::vector<int>::push_back(int)", true},
      {"/app", "std::__cxx11::basic_string<char>::append(char const*)", true},
      {"/app", "__gnu_cxx::new_allocator<int>::allocate(unsigned long)", true},
      {"/app", "std::vector<int> my::load<int>(char const*)", false},
      {"/app", "std::map<int, std::less<int> >& my::Cache<std::string>::all()", false},
      {"/app", "my::Array<int> std::move<my::Array<int> >(my::Array<int>&)", true},
      {"/app", "std::function<void (int)>::operator()(int) const", true},
      {"/app", "std::ostream& operator<< <char>(std::ostream&, my::Name const&)", false},
      {"/app", "std::unique_ptr<int>::operator->() const", true},
      {"/app", "my::f(std::string)::{lambda(int)#1}::operator()(int) const", false},
      {"/app", "(anonymous namespace)::f()", false},
      {"/app", "my::use(std::vector<int>)", false},
      {"/app", "stdlib_load", false},
      {"/app", "alloc::vec::Vec<T>::reserve", true},
      {"/app", "<alloc::vec::Vec<T> as core::clone::Clone>::clone", true},
      {"/app", "core::ptr::drop_in_place", true},
      {"/app", "__rust_alloc", true},
      {"/app", "__rdl_alloc", true},
      {"/app", "allocate_chunk", false},
      {"/app", "main", false},
      {"/app", "", false},
      {"", "", false},
  };
  for (const Row& row : rows) {
    CAPTURE(row.module, row.function);
    CHECK(is_runtime_frame(row.module, row.function) == row.runtime);
  }
}

TEST_CASE("a trait of Rust's library is the library's where the source is, and the program's where that is") {
  const char* function = "<u8 as alloc::vec::spec_from_elem::SpecFromElem>::from_elem";
  CHECK(is_runtime_frame("/app", function, "/rustc/59807616/library/alloc/src/vec/spec_from_elem.rs"));
  CHECK(is_runtime_frame("/app", function, "/usr/src/rustc-1.85.0/library/alloc/src/vec/spec_from_elem.rs"));
  CHECK(!is_runtime_frame("/app", "<my::Array as core::clone::Clone>::clone", "src/array.rs"));
}

// A tree of one stack of native frames without symbols, `depth` deep.
capture::StackTree deep_tree(std::uint32_t depth) {
  capture::StackTree tree;
  tree.modules.push_back("/x.so");
  for (std::uint32_t i = 1; i <= depth; ++i) {
    tree.frames.push_back({capture::FrameKind::kNative, 1, i, {}});
    tree.nodes.push_back({i - 1, i});
  }
  return tree;
}

TEST_CASE("a stack is told innermost first, inlined functions unfolded, and never endlessly") {
  capture::StackTree tree = deep_tree(3);
  tree.strings = {"", "inner", "outer"};
  tree.frames[2].symbols = {{1, 0, 0}, {2, 0, 0}};
  CHECK(stack_text(tree, 3) == std::vector<std::string>{"x.so+0x3", "inner", "outer", "x.so+0x1"});
  CHECK(stack_text(tree, 0).empty());

  const std::vector<std::string> deep = stack_text(deep_tree(1000), 1000);
  CHECK(deep.size() == kMaxStackLines);
  CHECK(deep.front() == "x.so+0x3e8");
  tree.frames[2].symbols.assign(1000, {1, 0, 0});
  CHECK(stack_text(tree, 3).size() == kMaxStackLines);
}

TEST_CASE("a site without names is the innermost address outside runtimes") {
  capture::StackTree tree = deep_tree(2);
  tree.modules.push_back("/lib/libc.so.6");
  CHECK(site_name(tree, 2) == "x.so+0x2");
  tree.frames[2].module = 2;
  CHECK(site_name(tree, 2) == "x.so+0x1");
  tree.frames[1].module = 2;
  CHECK(site_name(tree, 2) == "libc.so.6+0x2");
  CHECK(site_name(tree, 0) == "unknown");
}

TEST_CASE("a display tree shows addresses as they are told, merges what is equal, and is deep without recursion") {
  capture::StackTree tree = deep_tree(100'000);
  DisplayTree display(tree);
  CHECK(display.node_of(100'000) == 100'000);
  CHECK(display.node_of(0) == 0);
  CHECK(display.node_of(100'001) == 0);  // of no stack of this tree
  CHECK(display.frames()[display.frame()[2]].symbol.function == "x.so+0x2");
  CHECK(display.frames()[display.frame()[2]].module == "x.so");

  capture::StackTree twice;  // each section of symbols brings its own strings
  twice.strings = {"", "f", "f"};
  twice.frames.push_back({capture::FrameKind::kNative, 0, 1, {{1, 0, 3}}});
  twice.frames.push_back({capture::FrameKind::kNative, 0, 2, {{2, 0, 3}}});
  twice.nodes.push_back({0, 1});
  twice.nodes.push_back({0, 2});
  DisplayTree merged(twice);
  CHECK(merged.node_of(1) == merged.node_of(2));
  CHECK(merged.parent().size() == 2);
}

}  // namespace
}  // namespace chunkmark::profile

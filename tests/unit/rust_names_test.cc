// Rust's manglings: a table by the rules of the grammar, and what hostile symbols may cost.
#include "native/trace/rust_names.h"

#include <chrono>
#include <string>

#include "native/trace/demangle.h"
#include "unit/catch.h"

namespace chunkmark::trace {
namespace {

struct Row {
  const char* mangled;
  const char* plain;
};

TEST_CASE("v0 names come out as Rust's tools print them, without hashes") {
  const Row rows[] = {
      // Paths: crate roots, nested names, closures and shims, what a crate's disambiguator hides.
      {"_RNvC7mycrate3foo", "mycrate::foo"},
      {"_RNvNtCslABC12_5alloc7raw_vec11finish_grow", "alloc::raw_vec::finish_grow"},
      {"_RNCNvC7mycrate3foo0", "mycrate::foo::{closure#0}"},
      {"_RNCNvC7mycrate3foos_0", "mycrate::foo::{closure#1}"},
      {"_RNCNvC7mycrate3foos0_0", "mycrate::foo::{closure#2}"},
      {"_RNSNvC7mycrate3foo5thing", "mycrate::foo::{shim:thing#0}"},
      {"_RNXNvC7mycrate3foo5thing", "mycrate::foo::{X:thing#0}"},
      {"_RNvC7mycrate4__123", "mycrate::_123"},
      {"_RNvC7mycrate3_123", "mycrate::123"},  // an underscore parts the length from what begins with a digit
      {"_RNvCs1_u4mncha3foo", nullptr},        // punycode without its digits
      {"_RNvC7mycrateu8gdel_5qa", "mycrate::g\u00f6del"},
      {"_RNvC7mycrateu7fd7a_6g", nullptr},
      // Methods: of a type with a path, of one without, of a trait's impl, of a trait.
      {"_RNvMs4_NtCslABC12_5alloc7raw_vecNtB5_11RawVecInner11finish_grow", "alloc::raw_vec::RawVecInner::finish_grow"},
      {"_RNvMC3fooINtNtC5alloc3vec3VechE4push", "alloc::vec::Vec<u8>::push"},
      {"_RNvMC3fooSh6to_vec", "<[u8]>::to_vec"},
      {"_RNvXs_C3fooNtB4_3BarNtNtC4core3ops4Drop4drop", "<foo::Bar as core::ops::Drop>::drop"},
      {"_RNvYNtC3foo3BarNtNtC4core3fmt5Debug3fmt", "<foo::Bar as core::fmt::Debug>::fmt"},
      // Generic arguments: types, lifetimes, constants; :: before those of a function.
      {"_RINvC3foo3barhE", "foo::bar::<u8>"},
      {"_RINvNtC4core3ptr13drop_in_placeNtNtC5alloc6string6StringEC3foo",
       "core::ptr::drop_in_place::<alloc::string::String>"},
      {"_RINvC3foo3barINtC3foo3BoxlEE", "foo::bar::<foo::Box<i32>>"},
      {"_RINvC3foo3barL_E", "foo::bar::<'_>"},
      {"_RINvC3foo3barKj10_E", "foo::bar::<16>"},
      {"_RINvC3foo3barKsn5_E", "foo::bar::<-5>"},
      {"_RINvC3foo3barKb1_E", "foo::bar::<true>"},
      {"_RINvC3foo3barKc41_E", "foo::bar::<'A'>"},
      {"_RINvC3foo3barKca_E", "foo::bar::<'\\n'>"},
      {"_RINvC3foo3barKo123456789abcdef01_E", "foo::bar::<0x123456789abcdef01>"},
      {"_RINvC3foo3barKRe616263_E", "foo::bar::<\"abc\">"},
      {"_RINvC3foo3barKpE", "foo::bar::<_>"},
      {"_RINvC3foo3barKAh1_h2_EE", "foo::bar::<{[1, 2]}>"},
      {"_RINvC3foo3barKTh1_b0_EE", "foo::bar::<{(1, false)}>"},
      {"_RINvC3foo3barKVNtC3foo4UnitUE", "foo::bar::<{foo::Unit}>"},
      {"_RINvC3foo3barKVNtC3foo4PairTh1_h2_EE", "foo::bar::<{foo::Pair(1, 2)}>"},
      {"_RINvC3foo3barKVNtC3foo4PairS1ah1_1bh2_EE", "foo::bar::<{foo::Pair { a: 1, b: 2 }}>"},
      // Types.
      {"_RINvC3foo3barAhj4_E", "foo::bar::<[u8; 4]>"},
      {"_RINvC3foo3barTEE", "foo::bar::<()>"},
      {"_RINvC3foo3barTlEE", "foo::bar::<(i32,)>"},
      {"_RINvC3foo3barTlmxEE", "foo::bar::<(i32, u32, i64)>"},
      {"_RINvC3foo3barReQShPaOzE", "foo::bar::<&str, &mut [u8], *const i8, *mut !>"},
      {"_RINvC3foo3barRL_eE", "foo::bar::<&str>"},
      {"_RINvC3foo3barFEuE", "foo::bar::<fn()>"},
      {"_RINvC3foo3barFUKChEtE", "foo::bar::<unsafe extern \"C\" fn(u8) -> u16>"},
      {"_RINvC3foo3barFK6systemEuE", "foo::bar::<extern \"system\" fn()>"},
      {"_RINvC3foo3barFG_RL0_hRL0_tEuE", "foo::bar::<for<'a> fn(&'a u8, &'a u16)>"},
      {"_RINvC3foo3barDNtNtC4core3fmt5DebugEL_E", "foo::bar::<dyn core::fmt::Debug>"},
      {"_RINvC3foo3barDNtC4core4SendNtC4core4SyncEL_E", "foo::bar::<dyn core::Send + core::Sync>"},
      {"_RINvC3foo3barDINtNtC4core3ops2FnTlEEp6OutputmEL_E", "foo::bar::<dyn core::ops::Fn<(i32,), Output = u32>>"},
      {"_RINvC3foo3barDNtC4core4Iterp4ItemhEL_E", "foo::bar::<dyn core::Iter<Item = u8>>"},
      // Back references, the instantiating crate, what linkers and LLVM append.
      {"_RINvC3foo3barNtC3foo1SBb_E", "foo::bar::<foo::S, foo::S>"},
      {"_RNvC3foo3bar.llvm.123", "foo::bar"},
      {"_RNvC3foo3bar$tail", "foo::bar"},
      // Malformed.
      {"_R", nullptr},
      {"_RNvC3foo", nullptr},
      {"_RNvC9foo3bar", nullptr},
      {"_RNvC3foo3barX", nullptr},
      {"_R1NvC3foo3bar", nullptr},      // a later encoding
      {"_RNvB_3foo", nullptr},          // a reference to itself
      {"_RNvB9_3foo", nullptr},         // and to what comes later
      {"_RINvC3foo3barL1_E", nullptr},  // a lifetime that nobody binds
      {"_RINvC3foo3barKcffffffff_E", nullptr},
  };
  for (const Row& row : rows) {
    INFO(row.mangled);
    const std::optional<std::string> plain = demangle_rust(row.mangled);
    CHECK(plain.value_or("nothing") == (row.plain != nullptr ? row.plain : "nothing"));
  }
}

TEST_CASE("the mangling before v0: with the hash of Rust, not without it") {
  const Row rows[] = {
      {"_ZN5alloc7raw_vec11finish_grow17h0123456789abcdefE", "alloc::raw_vec::finish_grow"},
      {"_ZN5alloc7raw_vec11finish_grow17h0123456789abcdefE.llvm.123", "alloc::raw_vec::finish_grow"},
      {"_ZN70_$LT$alloc..vec..Vec$LT$T$C$A$GT$$u20$as$u20$core..ops..drop..Drop$GT$4drop17h0123456789abcdefE",
       "<alloc::vec::Vec<T,A> as core::ops::drop::Drop>::drop"},
      {"_ZN3foo28_$u7b$$u7b$closure$u7d$$u7d$17h0123456789abcdefE", "foo::{{closure}}"},
      {"_ZN3foo8$RF$$BP$17h0123456789abcdefE", "foo::&*"},
      {"_ZN3foo5a$ZZ$17h0123456789abcdefE", "foo::a$ZZ$"},  // no escape that is known
      {"_ZN3foo3barE", nullptr},
      {"_ZN3foo3bar17h0123456789abcdexE", nullptr},
      {"_ZN17h0123456789abcdefE", nullptr},
      {"_ZN3foo99999999999999999999999999bar", nullptr},
      {"_ZN", nullptr},
  };
  for (const Row& row : rows) {
    INFO(row.mangled);
    const std::optional<std::string> plain = demangle_rust(row.mangled);
    CHECK(plain.value_or("nothing") == (row.plain != nullptr ? row.plain : "nothing"));
  }
}

TEST_CASE("every language's names") {
  const Row rows[] = {
      {"_RNvC3foo3bar", "foo::bar"},      {"_ZN3foo3barEv", "foo::bar"}, {"_ZNK3foo3barERKi", "foo::bar"},
      {"_RNvC9foo3bar", "_RNvC9foo3bar"}, {"malloc", "malloc"},          {"", ""},
  };
  for (const Row& row : rows) CHECK(demangle(row.mangled) == row.plain);
}

TEST_CASE("hostile symbols end soon, whatever they ask for") {
  // Each type names the one before twice: 2 to the power of the rounds.
  std::string doubling = "_RINvC3foo3barh";
  std::size_t last = doubling.size() - 3;  // of the u8, counted from behind _R
  for (int round = 0; round < 26; ++round) {
    const auto digit = [](std::size_t value) {
      const std::string digits = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
      std::string text;
      for (std::size_t rest = value; rest > 0; rest /= 62) text.insert(text.begin(), digits[rest % 62]);
      return text.empty() ? std::string("0") : text;
    };
    const std::string reference = last == 0 ? "B_" : "B" + digit(last - 1) + "_";
    const std::size_t here = doubling.size() - 2;
    doubling += "T" + reference + reference + "E";
    last = here;
  }
  doubling += "E";
  const auto begin = std::chrono::steady_clock::now();
  CHECK_FALSE(demangle_rust(doubling));
  CHECK_FALSE(demangle_rust("_RINvC3foo3bar" + std::string(100'000, 'S') + "hE"));  // deep
  CHECK_FALSE(demangle_rust("_RINvC3foo3bar" + std::string(10'000, 'S') + "hE"));
  CHECK_FALSE(demangle_rust("_RNvC3foo" + std::string(5'000, '9')));
  CHECK_FALSE(demangle_rust("_RNvC3foou5000_" + std::string(5'000, 'a')));
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(2));
}

}  // namespace
}  // namespace chunkmark::trace

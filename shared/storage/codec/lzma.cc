// "lzma" as numcodecs has it: Python's lzma module: the formats .xz (1), .lzma (2) and raw streams of stated filters
// (3).
#include "base/error.h"
#include "base/json_members.h"
#include "storage/codec/stream_codec.h"
#ifdef CHUNKMARK_HAS_LZMA
#include <lzma.h>

#include <array>
#include <optional>
#endif

namespace chunkmark::codec {

#ifdef CHUNKMARK_HAS_LZMA
namespace {

// What a decoder may take: level 9 asks for 65 MiB.
constexpr std::uint64_t kMaxLzmaBytes = std::uint64_t{256} << 20;

enum class Container { kXz = 1, kAlone = 2, kRaw = 3 };

// A chain of the library's filters with their options, which it points into.
struct Filters {
  std::array<lzma_options_lzma, LZMA_FILTERS_MAX> lzma{};
  std::array<lzma_options_delta, LZMA_FILTERS_MAX> delta{};
  std::array<lzma_filter, LZMA_FILTERS_MAX + 1> chain{};
};

struct Settings {
  Container container = Container::kXz;
  int check = -1;
  json::value preset, filters;  // as documents have them
  std::uint32_t level = LZMA_PRESET_DEFAULT;
  Filters parsed;
};

void fail_unless_ok(lzma_ret status, ErrorCode code, const std::string& object) {
  if (status == LZMA_OK || status == LZMA_STREAM_END || status == LZMA_BUF_ERROR) return;
  const std::string what = status == LZMA_MEMLIMIT_ERROR ? "expected to need at most " + std::to_string(kMaxLzmaBytes) +
                                                               " bytes of memory, found more"
                                                         : "error " + std::to_string(status);
  throw Error(code, object + ": lzma: " + what);
}

class LzmaStream final : public ByteStream {
 public:
  // `start` makes the library ready, in one direction.
  template <typename Start>
  LzmaStream(const std::string& object, ErrorCode code, Start start) : object_(object), code_(code) {
    const lzma_ret status = start(&state_);
    if (status == LZMA_OK) return;
    ::lzma_end(&state_);
    fail_unless_ok(status, code_, object_);
  }
  ~LzmaStream() override { ::lzma_end(&state_); }
  bool step(ByteView& in, MutableByteView& out, bool last) override {
    state_.next_in = reinterpret_cast<const std::uint8_t*>(in.data());
    state_.avail_in = in.size();
    state_.next_out = reinterpret_cast<std::uint8_t*>(out.data());
    state_.avail_out = out.size();
    const lzma_ret status = ::lzma_code(&state_, last ? LZMA_FINISH : LZMA_RUN);
    fail_unless_ok(status, code_, object_);
    in = in.last(state_.avail_in);
    out = out.last(state_.avail_out);
    return status == LZMA_STREAM_END;
  }

 private:
  const std::string& object_;
  ErrorCode code_;
  lzma_stream state_ = LZMA_STREAM_INIT;
};

class LzmaCodec final : public StreamCodec {
 public:
  explicit LzmaCodec(std::shared_ptr<const Settings> settings) : settings_(std::move(settings)) {}

  std::string_view name() const override { return "lzma"; }
  json::object configuration(Dialect) const override {
    return {{"format", static_cast<int>(settings_->container)},
            {"check", settings_->check},
            {"preset", settings_->preset},
            {"filters", settings_->filters}};
  }

 protected:
  std::unique_ptr<ByteStream> encoder(const std::string& object) const override {
    return std::make_unique<LzmaStream>(object, ErrorCode::kIo, [&](lzma_stream* state) {
      if (settings_->container == Container::kRaw) return ::lzma_raw_encoder(state, settings_->parsed.chain.data());
      if (settings_->container == Container::kAlone) {
        lzma_options_lzma options{};
        if (::lzma_lzma_preset(&options, settings_->level)) return LZMA_OPTIONS_ERROR;
        return ::lzma_alone_encoder(state, &options);
      }
      const auto check = settings_->check == -1 ? LZMA_CHECK_CRC64 : static_cast<lzma_check>(settings_->check);
      return ::lzma_easy_encoder(state, settings_->level, check);
    });
  }
  std::unique_ptr<ByteStream> decoder(const std::string& object) const override {
    return std::make_unique<LzmaStream>(object, ErrorCode::kCorrupt, [&](lzma_stream* state) {
      if (settings_->container == Container::kXz) return ::lzma_stream_decoder(state, kMaxLzmaBytes, 0);
      if (settings_->container == Container::kAlone) return ::lzma_alone_decoder(state, kMaxLzmaBytes);
      const lzma_filter* chain = settings_->parsed.chain.data();
      if (::lzma_raw_decoder_memusage(chain) > kMaxLzmaBytes) return LZMA_MEMLIMIT_ERROR;
      return ::lzma_raw_decoder(state, chain);
    });
  }

 private:
  std::shared_ptr<const Settings> settings_;  // in one place, because the filters point into it
};

std::uint32_t number_or(const json::object& filter, std::string_view key, std::uint32_t otherwise,
                        const std::string& document) {
  return static_cast<std::uint32_t>(integer_member_or(filter, key, otherwise, 0, 0xffffffff, document));
}

// As Python's lzma module takes them: {"id": 33, "preset": 6, "dict_size": 1048576, ..}.
void parse_filters(const json::value& value, Filters& filters, const std::string& document) {
  const json::array& list = as_array(value, "lzma filters", document);
  if (list.empty() || list.size() > LZMA_FILTERS_MAX) {
    refuse_corrupt(document, "1 to 4 lzma filters", std::to_string(list.size()));
  }
  for (std::size_t i = 0; i < list.size(); ++i) {
    const json::object& filter = as_object(list[i], "lzma filter", document);
    const std::uint64_t id = unsigned_member(filter, "id", document);
    filters.chain[i].id = id;
    if (id == LZMA_FILTER_DELTA) {
      filters.delta[i].type = LZMA_DELTA_TYPE_BYTE;
      filters.delta[i].dist = number_or(filter, "dist", 1, document);
      filters.chain[i].options = &filters.delta[i];
      continue;
    }
    if (id != LZMA_FILTER_LZMA1 && id != LZMA_FILTER_LZMA2) {
      refuse_unsupported(document, "lzma filter", std::to_string(id));
    }
    lzma_options_lzma& options = filters.lzma[i];
    if (::lzma_lzma_preset(&options, number_or(filter, "preset", LZMA_PRESET_DEFAULT, document))) {
      refuse_corrupt(document, "an lzma preset", excerpt(filter));
    }
    options.dict_size = number_or(filter, "dict_size", options.dict_size, document);
    options.lc = number_or(filter, "lc", options.lc, document);
    options.lp = number_or(filter, "lp", options.lp, document);
    options.pb = number_or(filter, "pb", options.pb, document);
    options.mode = static_cast<lzma_mode>(number_or(filter, "mode", options.mode, document));
    options.nice_len = number_or(filter, "nice_len", options.nice_len, document);
    options.mf = static_cast<lzma_match_finder>(number_or(filter, "mf", options.mf, document));
    options.depth = number_or(filter, "depth", options.depth, document);
    filters.chain[i].options = &options;
  }
  filters.chain[list.size()].id = LZMA_VLI_UNKNOWN;
  if (::lzma_raw_decoder_memusage(filters.chain.data()) == UINT64_MAX) {
    refuse_corrupt(document, "lzma filters that go together", excerpt(value));
  }
}

json::value member_or_null(const json::object& settings, std::string_view key) {
  const json::value* found = settings.if_contains(key);
  return found != nullptr ? *found : json::value();
}

}  // namespace

std::shared_ptr<const Codec> make_lzma(const json::object& settings, const std::string& document) {
  auto made = std::make_shared<Settings>();
  made->container = static_cast<Container>(integer_member_or(settings, "format", 1, 1, 3, document));
  made->check = static_cast<int>(integer_member_or(settings, "check", -1, -1, 10, document));
  made->preset = member_or_null(settings, "preset");
  made->filters = member_or_null(settings, "filters");
  if (!made->preset.is_null()) made->level = number_or(settings, "preset", 0, document);
  const bool raw = made->container == Container::kRaw;
  // Python's module decodes with filters in raw streams only.
  if (raw == made->filters.is_null()) {
    refuse_corrupt(document, raw ? "filters for raw lzma" : "no filters but for raw lzma", excerpt(made->filters));
  }
  if (raw) parse_filters(made->filters, made->parsed, document);
  return std::make_shared<LzmaCodec>(std::move(made));
}

#else

std::shared_ptr<const Codec> make_lzma(const json::object&, const std::string& document) {
  throw Error(ErrorCode::kUnsupported,
              document + ": codec \"lzma\" is not supported: this program was built without it");
}

#endif

}  // namespace chunkmark::codec

#include "native/cli/serve_runs.h"

#include <charconv>
#include <condition_variable>
#include <cstdio>
#include <mutex>
#include <thread>

#include "base/error.h"
#include "native/cli/call_process.h"
#include "native/server/site_files.h"
#include "record/run_record.h"

namespace chunkmark::cli {

using server::Parts;
using server::Request;
using server::Response;

struct RunWatch::State {
  explicit State(RunCatalogue& watched) : catalogue(watched) {}

  void look() {
    const std::lock_guard lock(looking);
    try {
      catalogue.refresh();
      is_well = true;
    } catch (const std::exception& error) {  // a bucket that does not answer, say: told once, tried again
      if (is_well) std::fprintf(stderr, "chunkmark: runs: %s\n", error.what());
      is_well = false;
    }
  }

  RunCatalogue& catalogue;
  std::mutex looking;
  bool is_well = true;
  std::mutex mutex;
  std::condition_variable changed;
  bool is_over = false;
  std::thread thread;
};

RunWatch::RunWatch(RunCatalogue& catalogue, std::chrono::milliseconds period)
    : state_(std::make_unique<State>(catalogue)) {
  state_->thread = std::thread([state = state_.get(), period] {
    std::unique_lock lock(state->mutex);
    while (!state->changed.wait_for(lock, period, [&] { return state->is_over; })) {
      lock.unlock();
      state->look();
      lock.lock();
    }
  });
}

RunWatch::~RunWatch() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->is_over = true;
  }
  state_->changed.notify_all();
  state_->thread.join();
}

void RunWatch::look_now() {
  state_->look();
}

namespace {

constexpr std::size_t kPageRuns = 100, kMaxPageRuns = 1000;
constexpr std::uint64_t kMaxRecordBytes = 16 << 20;

std::size_t number_or(std::string_view text, std::size_t otherwise, std::size_t most, const char* name) {
  if (text.empty()) return otherwise;
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc() && end == text.data() + text.size() && value >= 1 && value <= most) return value;
  throw Error(ErrorCode::kInvalidArgument, std::string(name) + ": expected a number from 1 to " + std::to_string(most) +
                                               ", found " + std::string(text.substr(0, 40)));
}

Response run_file(const Runs& runs, const RunCatalogue& catalogue, const std::string& id, const std::string& file,
                  const Request& request) {
  const auto folder = catalogue.folder_of(id);
  if (!folder) return server::not_found(request);
  if (runs.local_folder()) return server::file_in(*runs.local_folder() / *folder, file, request);
  std::shared_ptr<bytes::RandomAccess> object;
  try {
    object = runs.store().open(store::join_key(*folder, file));
  } catch (const Error& error) {  // a name that no store has; a bucket that does not answer is another matter
    if (error.code() != ErrorCode::kInvalidArgument) throw;
  }
  if (!object) return server::not_found(request);
  Response response;
  response.type = server::type_of_file(file);
  const std::string identity = object->identity();
  if (!identity.empty()) response.etag = identity.starts_with('"') ? identity : "\"" + identity + "\"";
  response.body = std::move(object);
  return response;
}

// The record is read in a process of its own, as all that is sent here.
Response upload(const Runs& runs, RunWatch& watch, const Request& request) {
  const api::Response told = call_apart(R"({"method": "run.take_in"})", as_byte_view(request.body));
  const json::value answer = parse_json(told.json, "run.json");
  if (told.error) throw Error(*told.error, std::string(answer.at("error").at("message").as_string()));
  const std::string id(answer.at("result").at("id").as_string());
  const std::string key = store::join_key(id, "run.json");
  if (runs.store().open(key)) throw Error(ErrorCode::kConflict, id + ": expected no run of this id, found one");
  store::write_text(runs.store(), key, std::string(answer.at("result").at("record").as_string()));
  watch.look_now();
  Response response = server::text_response(json::serialize(json::object{{"id", id}}), "application/json", 201);
  response.headers.emplace_back("Location", "/api/v1/runs/" + id);
  return response;
}

Response remove(const Runs& runs, const RunCatalogue& catalogue, RunWatch& watch, const std::string& id,
                const Request& request) {
  const auto folder = catalogue.folder_of(id);
  if (!folder) return server::not_found(request);
  runs.store().erase(store::join_key(*folder, "run.json"));  // without it, it is no run
  store::erase_all(runs.store(), *folder);
  if (runs.local_folder()) std::filesystem::remove_all(*runs.local_folder() / *folder);
  watch.look_now();
  return server::text_response("", "application/json", 204);
}

}  // namespace

void add_run_methods(api::MethodTable& methods) {
  methods["run.take_in"] = [](const json::object&, ByteView data) -> json::value {
    json::object record = record::read_run(as_text(data), "run.json");
    for (json::value& row : record.at("results").as_array()) {
      if (row.as_object().contains("capture")) row.as_object()["capture"] = nullptr;
    }
    return {{"id", Runs::checked_id(record, "run.json")}, {"record", pretty_json(record)}};
  };
}

void add_run_routes(server::Router& router, const Runs& runs, RunCatalogue& catalogue, RunWatch& watch) {
  const json::object of_run{{"$ref", "#/components/schemas/Run"}}, of_page{{"$ref", "#/components/schemas/RunPage"}};
  const json::object of_events{{"type", "string"}};
  router.add({"GET", "/api/v1/runs", "Runs, the newest first: ?query= words, ?page=, ?size=", of_page, 0, false,
              [&](Request& request, const Parts&) {
                const std::size_t size = number_or(request.parameter("size"), kPageRuns, kMaxPageRuns, "size");
                const std::size_t page = number_or(request.parameter("page"), 1, 1'000'000, "page");
                const std::string query(request.parameter("query"));
                const RunCatalogue::Page found = catalogue.search(query, page, size);
                Response response = server::text_response(json::serialize(found.document));
                response.etag = found.etag;
                return response;
              }});
  router.add({"POST",
              "/api/v1/runs",
              "Takes in a run record",
              {{"type", "object"}},
              kMaxRecordBytes,
              true,
              [&](Request& request, const Parts&) { return upload(runs, watch, request); }});
  router.add({"GET", "/api/v1/runs/events", "Runs that appear and go, as server-sent events", of_events, 0, false,
              [&](Request& request, const Parts&) {
                return server::events_response(catalogue.events(), request, catalogue.events()->next());
              }});
  router.add(
      {"GET", "/api/v1/runs/{id}", "A run's record", of_run, 0, false,
       [&](Request& request, const Parts& parts) { return run_file(runs, catalogue, parts[0], "run.json", request); }});
  router.add({"DELETE",
              "/api/v1/runs/{id}",
              "Removes a run and its captures",
              {},
              0,
              false,
              [&](Request& request, const Parts& parts) { return remove(runs, catalogue, watch, parts[0], request); }});
  router.add({"GET",
              "/api/v1/runs/{id}/captures/{name}",
              "A run's capture",
              {{"type", "string"}},
              0,
              false,
              [&](Request& request, const Parts& parts) {
                return run_file(runs, catalogue, parts[0], "captures/" + parts[1], request);
              }});
  router.add({"GET", "/runs/index.json", "", {}, 0, false, [&](Request&, const Parts&) {
                const RunCatalogue::Index index = catalogue.index();
                return Response{200, "application/json", index.text, index.etag};
              }});
  router.add({"GET", "/runs/{id}/{file...}", "", {}, 0, false, [&](Request& request, const Parts& parts) {
                return run_file(runs, catalogue, parts[0], parts[1], request);
              }});
}

}  // namespace chunkmark::cli

#include "native/cli/serve_jobs.h"

#include "base/error.h"
#include "native/server/site_files.h"

namespace chunkmark::cli {

using server::Parts;
using server::Request;
using server::Response;

namespace {

Response start(StudyJobs& jobs, const Request& request) {
  const json::value body = parse_json(request.body, "job");
  if (!body.is_object()) throw Error(ErrorCode::kInvalidArgument, "job: expected an object");
  const auto job = jobs.start(body.get_object());
  if (!job) {
    Response full = server::refusal(429, "too many jobs wait: try again when one has ended");
    full.headers.emplace_back("Retry-After", "10");
    return full;
  }
  Response response = server::text_response(json::serialize(*job), "application/json", 202);
  response.headers.emplace_back("Location", "/api/v1/jobs/" + std::string(job->at("id").as_string()));
  return response;
}

Response find(const StudyJobs& jobs, const Request& request, const std::string& id) {
  const auto job = jobs.find(id);
  return job ? server::text_response(json::serialize(*job)) : server::not_found(request);
}

}  // namespace

void add_job_routes(server::Router& router, StudyJobs& jobs) {
  const json::object of_job{{"$ref", "#/components/schemas/Job"}};
  router.add({"POST", "/api/v1/jobs", "Starts a study on this machine", of_job, 0, false,
              [&](Request& request, const Parts&) { return start(jobs, request); }});
  router.add(
      {"GET", "/api/v1/jobs", "Jobs, the oldest first", {{"type", "object"}}, 0, false, [&](Request&, const Parts&) {
         return server::text_response(json::serialize(json::object{{"jobs", jobs.list()}}));
       }});
  router.add({"GET", "/api/v1/jobs/{id}", "A job", of_job, 0, false,
              [&](Request& request, const Parts& parts) { return find(jobs, request, parts[0]); }});
  router.add(
      {"DELETE", "/api/v1/jobs/{id}", "Cancels a job", of_job, 0, false, [&](Request& request, const Parts& parts) {
         jobs.cancel(parts[0]);
         return find(jobs, request, parts[0]);
       }});
  router.add({"GET",
              "/api/v1/jobs/{id}/events",
              "A job's progress, as server-sent events",
              {{"type", "string"}},
              0,
              false,
              [&](Request& request, const Parts& parts) {
                const auto events = jobs.events(parts[0]);
                return events ? server::events_response(events, request, 0) : server::not_found(request);
              }});
}

}  // namespace chunkmark::cli

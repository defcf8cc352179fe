// The routes on study jobs: start one, list them, watch one, cancel one.
#pragma once

#include "native/cli/study_jobs.h"
#include "native/server/router.h"

namespace chunkmark::cli {

// Borrows the jobs.
void add_job_routes(server::Router& router, StudyJobs& jobs);

}  // namespace chunkmark::cli

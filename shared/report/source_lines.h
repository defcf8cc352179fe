// The text of the source lines that a report's frames name, so that a reader sees the line without the program's
// source.
#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "instrument/profile/display_tree.h"

namespace chunkmark::report {

// Answers the text of lines (counted from 1) of a file; those that cannot be read are left out. Empty: nothing can be.
using SourceReader =
    std::function<std::map<std::uint32_t, std::string>(const std::string& file, const std::set<std::uint32_t>& lines)>;

// One text per frame, without indentation, empty where unknown. Long lines are cut; all together are bounded.
std::vector<std::string> source_lines(const std::vector<profile::DisplayFrame>& frames, const SourceReader& reader);

}  // namespace chunkmark::report

// near_names: for a name that is not there, those that are and may have been meant.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace chunkmark::cli {

// "; did you mean r3, r13?" for names within a third of the wanted one's letters (at least one, never all), nearest
// first, three at most; otherwise "; there are a, b, c and 4 more". Empty where there are no names.
std::string near_names(std::string_view wanted, const std::vector<std::string>& names);

}  // namespace chunkmark::cli

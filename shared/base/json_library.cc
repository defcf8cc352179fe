// Boost.JSON itself, which is headers alone until one file says otherwise.
#include <boost/json/src.hpp>

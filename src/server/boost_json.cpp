// Boost.JSON's own code, compiled once, here: its headers are all that is needed of it.
#include <boost/json/src.hpp>

// In the place of green.cpp where there is no Boost.Context.
#include "models.hpp"

#include <stdexcept>

namespace ringlet::models {

void green(const settings&) {
    throw std::runtime_error("--model green: built without Boost.Context "
                             "(libboost-context-dev of the same version as Boost)");
}

} // namespace ringlet::models

// The names of fields that mean something here.
#pragma once

#include "http/types.hpp"

#include <string_view>

namespace ringlet::http {

/// The id of a field that this server itself looks for, whatever the case of its name, which is a
/// token; unknown for all others, which handlers find by name.
field_id find_field(std::string_view name) noexcept;

} // namespace ringlet::http

// What is answered where no route leads: the files of a folder, or that there is nothing.
#pragma once

#include "ringlet/routes.hpp"

namespace ringlet {

/// The handler of what no route takes: a file where a folder may have one (data::from), else 404,
/// or 405 with Allow.
awaitable<response> answer_nowhere(request& req);

} // namespace ringlet

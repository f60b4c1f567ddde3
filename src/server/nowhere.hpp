// What is answered where no route leads: the files of a folder, or that there is nothing.
#pragma once

#include "ringlet/routes.hpp"

namespace ringlet {

struct mount;

/// The handler of what no route takes: a file where a folder may have one (data::from), else 404,
/// or 405 with Allow.
awaitable<response> answer_nowhere(request& req);

/// A handler that answers with the file that the request asks for. `from` must outlive it.
handler answer_from_mount(const mount& from);

} // namespace ringlet

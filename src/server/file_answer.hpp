// Handlers' way to the files of a folder.
#pragma once

#include "ringlet/routes.hpp"

namespace ringlet {

struct mount;

/// A handler that answers with the file that the request asks for. `from` must outlive it.
handler answer_from_mount(const mount& from);

} // namespace ringlet

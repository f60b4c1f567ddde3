// What stands behind a handler's request.
#pragma once

#include "http/request_head.hpp"
#include "ringlet/request.hpp"
#include "server/router.hpp"

namespace ringlet {

struct request::data {
    const http::request_head& head;
    std::string_view path;
    std::string_view query;
    const path_params& params;
};

} // namespace ringlet

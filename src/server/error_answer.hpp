// What a client is told when there is no answer.
#pragma once

#include "ringlet/response.hpp"
#include "server/request_data.hpp"

#include <exception>
#include <string_view>

namespace ringlet {

/// A page, or JSON (RFC 9457) where the client prefers it.
response error_answer(request::data& asked, unsigned status, std::string_view detail);

/// The same for what a handler threw: an http_error has its status, message and fields; anything
/// else is a 500 with the request's id, and a line in the log. Throws it on when the client has
/// gone.
response error_answer(request::data& asked, std::exception_ptr thrown);

} // namespace ringlet

// All of ringlet, but for what needs more of Boost: <ringlet/websocket.hpp> and
// <ringlet/json.hpp>'s <boost/json.hpp>; and for <ringlet/test/client.hpp>.
#pragma once

#include "ringlet/awaitable.hpp"
#include "ringlet/backend_kind.hpp"
#include "ringlet/body.hpp"
#include "ringlet/connect.hpp"
#include "ringlet/http_error.hpp"
#include "ringlet/json.hpp"
#include "ringlet/limits.hpp"
#include "ringlet/media_type.hpp"
#include "ringlet/middleware.hpp"
#include "ringlet/offload.hpp"
#include "ringlet/request.hpp"
#include "ringlet/response.hpp"
#include "ringlet/routes.hpp"
#include "ringlet/server.hpp"
#include "ringlet/sleep.hpp"
#include "ringlet/state.hpp"
#include "ringlet/symlinks.hpp"
#include "ringlet/tcp_stream.hpp"
#include "ringlet/version.hpp"
#include "ringlet/within.hpp"

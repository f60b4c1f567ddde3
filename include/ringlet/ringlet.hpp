// All of ringlet.
#pragma once

#include "ringlet/awaitable.hpp"
#include "ringlet/http_error.hpp"
#include "ringlet/limits.hpp"
#include "ringlet/offload.hpp"
#include "ringlet/request.hpp"
#include "ringlet/response.hpp"
#include "ringlet/server.hpp"
#include "ringlet/sleep.hpp"
#include "ringlet/version.hpp"

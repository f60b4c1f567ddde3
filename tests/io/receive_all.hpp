// Reads a socket to its end.
#pragma once

#include "io/socket.hpp"
#include "ringlet/awaitable.hpp"

#include <string>
#include <utility>

namespace ringlet::testing {

/// Receives until the end of the stream or an error, which `end` gets.
inline awaitable<std::string> receive_all(io::socket& s, io::error_code& end) {
    std::string all;
    for (;;) {
        auto receiving = s.receive();
        const auto [e, got] = co_await std::move(receiving);
        if (e) {
            end = e;
            co_return all;
        }
        all.append(got.bytes());
    }
}

} // namespace ringlet::testing

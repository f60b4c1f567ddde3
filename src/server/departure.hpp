// Answers that are sent while their connection waits for the next request already.
#pragma once

#include "io/op.hpp"
#include "io/socket.hpp"
#include "server/outbox.hpp"

#include <array>

namespace ringlet {

class connection;

/// Owns itself while it is on its way; its connection lives at least as long.
struct departure final : io::op {
    explicit departure(io::block_pool& pool) noexcept
        : op({.code = io::opcode::send}, &departure::finished), out(pool) {}

    void start(io::socket& over) {
        const std::string_view bytes = out.bytes(), tail = out.tail();
        if (tail.empty())
            return over.start_send(*this, bytes);
        parts_ = {iovec{const_cast<char*>(bytes.data()), bytes.size()},
                  iovec{const_cast<char*>(tail.data()), tail.size()}};
        message_.msg_iov = parts_.data();
        message_.msg_iovlen = parts_.size();
        over.start_send(*this, message_, bytes.size() + tail.size(), out.tail_place());
    }

    bool is_whole() const noexcept {
        return result >= 0 && static_cast<std::uint32_t>(result) == request.size;
    }

    outbox out;
    io::clock::time_point began;
    connection* of = nullptr;

  private:
    std::array<iovec, 2> parts_;
    msghdr message_{};

    static void finished(io::task& t, bool invoke);
};

} // namespace ringlet

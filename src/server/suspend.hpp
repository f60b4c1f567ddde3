// Gives way to what else there is to do.
#pragma once

#include "ringlet/awaitable.hpp"

#include <boost/asio/deferred.hpp>
#include <boost/asio/post.hpp>

namespace ringlet {

/// Goes on in the next turn of the loop. For what fails again and again without having to wait:
/// a caller that tries for ever then holds up nobody but itself.
inline awaitable<void> suspend() {
    auto posting = boost::asio::post(boost::asio::deferred);
    co_await std::move(posting);
}

} // namespace ringlet

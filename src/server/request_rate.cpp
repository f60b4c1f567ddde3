#include "server/request_rate.hpp"

#include <algorithm>
#include <chrono>
#include <random>

namespace ringlet {
namespace {

// Every bit of the result depends on every bit of `x` (the finalizer of MurmurHash3).
std::uint64_t mixed(std::uint64_t x) noexcept {
    x = (x ^ (x >> 33)) * 0xff51afd7ed558ccd;
    x = (x ^ (x >> 33)) * 0xc4ceb9fe1a85ec53;
    return x ^ (x >> 33);
}

} // namespace

request_rate::request_rate(std::uint32_t per_s, std::uint32_t burst)
    : interval_(io::clock::duration(std::chrono::seconds(1)) / per_s),
      depth_(interval_ * (burst - 1)),
      seed_(std::random_device{}() | std::uint64_t{std::random_device{}()} << 32) {}

// The client's bucket, or else the one that is full first.
request_rate::bucket& request_rate::find(set& in, client_key who) noexcept {
    const auto known = std::ranges::find(in, who, &bucket::who);
    return known != in.end() ? *known : *std::ranges::min_element(in, {}, &bucket::full_at);
}

// A bucket is known by when it will be full: each token taken puts that off by one interval.
std::uint64_t request_rate::take(client_key who, io::clock::time_point now) noexcept {
    const std::size_t number = mixed(who ^ seed_) % sets;
    const std::lock_guard held(locks_[number % locks_.size()].mutex);
    bucket& b = find(sets_[number], who);
    if (b.who != who)
        b = {who, now};
    const io::clock::time_point full_at = std::max(b.full_at, now);
    const auto missing = full_at - now - depth_;
    if (missing.count() > 0)
        return static_cast<std::uint64_t>(std::chrono::ceil<std::chrono::seconds>(missing).count());
    b.full_at = full_at + interval_;
    return 0;
}

} // namespace ringlet

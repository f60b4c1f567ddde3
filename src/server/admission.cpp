#include "server/admission.hpp"

#include <bit>
#include <cstring>
#include <netinet/in.h>
#include <new>

namespace ringlet {
namespace {

/// Adds one, unless there are `most`.
bool add_one(std::atomic<std::uint32_t>& count, std::uint32_t most) noexcept {
    if (count.fetch_add(1, std::memory_order_relaxed) < most)
        return true;
    count.fetch_sub(1, std::memory_order_relaxed);
    return false;
}

} // namespace

client_key client_of(const sockaddr_storage& address) noexcept {
    std::array<unsigned char, sizeof(client_key)> bytes{};
    const auto v4 = [&bytes](const void* from) {
        bytes.fill(0xff); // nobody's network: these addresses are multicast
        std::memcpy(bytes.data() + 4, from, 4);
    };
    if (address.ss_family == AF_INET) {
        v4(&reinterpret_cast<const sockaddr_in&>(address).sin_addr);
    } else if (address.ss_family == AF_INET6) {
        const in6_addr& v6 = reinterpret_cast<const sockaddr_in6&>(address).sin6_addr;
        if (IN6_IS_ADDR_V4MAPPED(&v6))
            v4(v6.s6_addr + 12);
        else
            std::memcpy(bytes.data(), v6.s6_addr, bytes.size());
    }
    return std::bit_cast<client_key>(bytes);
}

admission::verdict admission::enter(client_key who) noexcept {
    verdict v = verdict::admitted;
    if (!add_one(all_, most_)) {
        v = verdict::too_many;
    } else if (!enter_one(who)) {
        all_.fetch_sub(1, std::memory_order_relaxed);
        v = verdict::too_many_of_one;
    }
    if (v != verdict::admitted && !add_one(refused_, most_refused_))
        v = verdict::too_many_refused;
    return v;
}

void admission::leave(client_key who, verdict was) noexcept {
    if (was == verdict::admitted) {
        leave_one(who);
        all_.fetch_sub(1, std::memory_order_relaxed);
    } else if (was != verdict::too_many_refused) {
        refused_.fetch_sub(1, std::memory_order_relaxed);
    }
}

admission::shard& admission::shard_of(client_key who) noexcept {
    return shards_[std::hash<client_key>()(who * 0x9e3779b97f4a7c15) >> 60];
}

bool admission::enter_one(client_key who) noexcept try {
    shard& s = shard_of(who);
    const std::lock_guard lock(s.mutex);
    std::uint32_t& count = s.count[who];
    if (count == most_of_one_)
        return false;
    ++count;
    return true;
} catch (const std::bad_alloc&) {
    return false; // no memory to count it in: none to serve it either
}

void admission::leave_one(client_key who) noexcept {
    shard& s = shard_of(who);
    const std::lock_guard lock(s.mutex);
    const auto at = s.count.find(who);
    if (--at->second == 0)
        s.count.erase(at);
}

} // namespace ringlet

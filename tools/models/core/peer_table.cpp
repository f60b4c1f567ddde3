#include "peer_table.hpp"

namespace ringlet::models {

member& peer_table::add(unique_fd client, const service& from, std::uint32_t events) {
    const auto fd = static_cast<std::size_t>(client.get());
    if (members_.size() <= fd)
        members_.resize(fd + 1);
    members_[fd] = std::make_unique<member>(member{peer(std::move(client), from), events});
    remind(*members_[fd]);
    return *members_[fd];
}

member* peer_table::find(int fd) noexcept {
    const auto at = static_cast<std::size_t>(fd);
    return at < members_.size() ? members_[at].get() : nullptr;
}

void peer_table::remove(int fd) noexcept {
    members_[static_cast<std::size_t>(fd)].reset();
}

void peer_table::remind(member& m) {
    if (m.who.until() >= m.alarm)
        return; // there is an earlier one
    m.alarm = m.who.until();
    alarms_.emplace(m.alarm, m.who.fd());
}

int peer_table::milliseconds_to_next() const noexcept {
    return alarms_.empty() ? -1 : milliseconds_until(alarms_.top().first);
}

} // namespace ringlet::models

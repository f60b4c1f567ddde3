#include "files/cache.hpp"

#include <algorithm>

namespace ringlet::files {
namespace {

// For what is not noticed at once: a mapping into memory, another hard link, a lost event.
constexpr auto watched_time = std::chrono::seconds(10);
// Symbolic links, file systems that others change, more folders than are watched.
constexpr auto unwatched_time = std::chrono::seconds(1);
// So that somebody who tries all names fills nothing.
constexpr auto missing_time = std::chrono::seconds(1);
constexpr std::size_t missing_most = 1024;

// Of an entry, beside its names, whatever is in it: two indexes, allocations.
constexpr std::size_t entry_bytes = 1024;

// How much of the memory is for what was asked for once, and for what is missing.
constexpr std::uint64_t fresh_share = 10;
constexpr unsigned char uses_most = 3;

const representation_ptr nothing;

std::size_t index(http::coding c) noexcept {
    return static_cast<std::size_t>(c);
}

} // namespace

const representation_ptr& known_target::find(const http::coding_list& accepted) const noexcept {
    for (const http::coding c : accepted) {
        if (c == http::coding::identity)
            break;
        if (by_coding[index(c)])
            return by_coding[index(c)];
        if (!absent[index(c)])
            return nothing;
    }
    return by_coding[index(http::coding::identity)];
}

bool cache::takes(std::uint64_t bytes) const noexcept {
    return bytes <= limits::cached_file_bytes && bytes <= most_ / fresh_share;
}

known_target* cache::find(std::string_view target, io::clock::time_point now, std::uint64_t news) {
    if (targets_.empty() && arrivals_.empty())
        return nullptr;
    if (news != news_) {
        news_ = news;
        watch_.look(*this);
    }
    const auto found = targets_.find(target);
    if (found == targets_.end())
        return nullptr;
    known_target& t = *found->second;
    if (t.good_until <= now) {
        drop(t);
        return nullptr;
    }
    if (t.uses != uses_most)
        ++t.uses;
    return &t;
}

void cache::keep(std::string_view target, const arrival& a, bool compressible,
                 representation_ptr what, std::bitset<http::coding_count> absent, bool watched,
                 io::clock::time_point now) {
    const std::size_t bytes =
        what->file.size + what->lasting.whole.size() + what->lasting.not_modified.size();
    const std::size_t names = target.size() + a.place.size();
    if (a.changed || !what->in_memory() || bytes + names + entry_bytes > most_ / fresh_share)
        return;
    const auto good_until = now + (watched ? watched_time : unwatched_time);
    const auto found = targets_.find(target);
    known_target* t = found != targets_.end() ? found->second.get() : nullptr;
    if (t != nullptr && t->status != http::status::ok) {
        drop(*t);
        t = nullptr;
    }
    if (t == nullptr)
        t = add(target, a.place, queue::fresh, good_until);
    representation_ptr& slot = t->by_coding[index(what->coding)];
    if (slot)
        return; // somebody else has been faster
    t->compressible = compressible;
    t->absent |= absent;
    t->good_until = std::min(t->good_until, good_until);
    slot = std::move(what);
    slot->discharge();
    charge(*t, bytes);
    make_room(now);
}

void cache::keep_missing(std::string_view target, const arrival& a, http::status status,
                         io::clock::time_point now) {
    if (a.changed || !keeps_any() || targets_.contains(target))
        return;
    if (missing_count_ == missing_most)
        drop(missing_.front());
    add(target, a.place, queue::missing, now + missing_time)->status = status;
    while (bytes_in(queue::missing) > most_ / fresh_share)
        drop(missing_.front());
    make_room(now);
}

void cache::clear() {
    drop_if([](const known_target&) { return true; });
    for (arrival& a : arrivals_)
        a.changed = true;
    watch_.clear();
}

known_target* cache::add(std::string_view target, const std::string& place, queue in,
                         io::clock::time_point good_until) {
    auto owned = std::make_unique<known_target>();
    known_target& t = *owned;
    t.target = target;
    t.place = place;
    t.good_until = good_until;
    t.in = in;
    const auto at = places_.emplace(t.place, &t);
    try {
        targets_.emplace(t.target, std::move(owned));
    } catch (...) {
        places_.erase(at);
        throw;
    }
    (in == queue::fresh ? fresh_ : missing_).push_back(t);
    missing_count_ += in == queue::missing ? 1 : 0;
    charge(t, entry_bytes + t.target.size() + t.place.size());
    return &t;
}

void cache::charge(known_target& t, std::size_t bytes) noexcept {
    t.bytes += bytes;
    bytes_ += bytes;
    bytes_in(t.in) += bytes;
}

void cache::drop(known_target& t) {
    bytes_ -= t.bytes;
    bytes_in(t.in) -= t.bytes;
    missing_count_ -= t.in == queue::missing ? 1 : 0;
    for (const representation_ptr& r : t.by_coding)
        if (r && r->use_count() > 1) // it is being sent
            r->charge();
    const auto [begin, end] = places_.equal_range(t.place);
    places_.erase(std::find_if(begin, end, [&t](const auto& at) { return at.second == &t; }));
    targets_.erase(targets_.find(t.target)); // and with it, t
}

// Of those who had their chance the ones that nobody has asked for since. What has had its time is
// in nobody's way: those who are asked for no more would hold the place of those who are.
void cache::make_room(io::clock::time_point now) {
    while (bytes_ > most_) {
        const bool outdated = !proven_.empty() && proven_.front().good_until <= now;
        const bool from_fresh =
            !outdated && (bytes_in(queue::fresh) > most_ / fresh_share || proven_.empty());
        if (from_fresh && fresh_.empty())
            return;
        known_target& t = from_fresh ? fresh_.front() : proven_.front();
        if (t.uses == 0 || t.good_until <= now) {
            drop(t);
            continue;
        }
        t.unlink();
        proven_.push_back(t);
        if (from_fresh) {
            bytes_in(queue::fresh) -= t.bytes;
            bytes_in(queue::proven) += t.bytes;
            t.in = queue::proven;
            t.uses = 0;
        } else {
            --t.uses;
        }
    }
}

template <class Condition>
void cache::drop_if(Condition condition) {
    for (intrusive_list<known_target>* list : {&fresh_, &proven_, &missing_})
        for (auto at = list->begin(); at != list->end();)
            if (known_target& t = *at++; condition(t))
                drop(t);
}

void cache::drop_at(std::string_view place) {
    for (arrival& a : arrivals_)
        a.changed = a.changed || a.place == place;
    for (auto at = places_.find(place); at != places_.end(); at = places_.find(place))
        drop(*at->second);
}

// It may be the encoded neighbour of another one.
void cache::file_changed(std::string_view place) {
    drop_at(place);
    for (const http::coding c : {http::coding::gzip, http::coding::br, http::coding::zstd})
        if (place.ends_with(http::suffix(c)))
            drop_at(place.substr(0, place.size() - http::suffix(c).size()));
}

void cache::folder_changed(std::string_view place) {
    for (arrival& a : arrivals_)
        a.changed = a.changed || a.place.starts_with(place);
    drop_if([place](const known_target& t) { return t.place.starts_with(place); });
}

void cache::all_changed() {
    for (arrival& a : arrivals_)
        a.changed = true;
    drop_if([](const known_target&) { return true; });
}

} // namespace ringlet::files

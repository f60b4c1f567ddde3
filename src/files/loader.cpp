#include "files/loader.hpp"

#include "files/reply.hpp"
#include "io/file.hpp"
#include "ringlet/limits.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/deferred.hpp>

#include <algorithm>
#include <utility>

namespace ringlet::files {

namespace asio = boost::asio;
namespace {

// A NUL is in no target.
std::string key_of(const wanted& w) {
    std::string key(w.target);
    for (const http::coding c : w.accepted)
        key.append(1, '\0').append(http::name(c));
    return key;
}

// Also of a folder, whose index is the file.
std::string place_in(const location& where) {
    std::string place = place_of(where.root, where.path);
    if (place.back() == '/')
        place += index_file;
    return place;
}

} // namespace

/// Whoever comes first works for all, and tells them however it ends. Who finds that what is being
/// opened has changed since comes first again.
class loader::leading {
  public:
    leading(loader& in, std::string key)
        : in_(in), key_(std::move(key)), mine_(std::make_shared<in_progress>()) {
        in_.in_progress_[key_] = mine_;
    }
    leading(const leading&) = delete;
    leading& operator=(const leading&) = delete;
    ~leading() {
        const auto at = in_.in_progress_.find(key_);
        if (at != in_.in_progress_.end() && at->second == mine_)
            in_.in_progress_.erase(at);
        mine_->done.notify();
    }
    in_progress& all() const noexcept { return *mine_; }

  private:
    loader& in_;
    const std::string key_;
    const std::shared_ptr<in_progress> mine_;
};

asio::awaitable<loaded> loader::load_alone(wanted w) {
    auto opening = resolve(ctx_, w.where, w.accepted);
    resolution found = co_await std::move(opening);
    loaded result{found.status, {}};
    if (found.status == http::status::ok)
        result.what = opened(w, found);
    co_return result;
}

asio::awaitable<loaded> loader::load_shared(wanted w) {
    in_progress alone;
    std::string key = key_of(w);
    const auto found = in_progress_.find(key);
    if (found == in_progress_.end() || found->second->coming.changed) {
        const leading first(*this, std::move(key));
        first.all().result = co_await load_first(w, first.all());
        co_return first.all().result;
    }
    const std::shared_ptr<in_progress> other = found->second;
    auto waiting = other->done.async_wait(ctx_, asio::as_tuple(asio::deferred));
    const auto [failed] = co_await std::move(waiting);
    if (failed)
        co_return loaded();
    find(w.target); // to be told what has changed until now
    if (other->told_of != change_watch::outcome::not_there && !other->coming.changed)
        co_return other->result;
    co_return co_await load_first(w, alone); // it may have been opened before this was asked for
}

asio::awaitable<loaded> loader::load_first(const wanted& w, in_progress& mine) {
    cache::arrival& coming = mine.coming;
    coming.place = place_in(w.where);
    cache_.expect(coming);
    resolution found = co_await open(w, mine.told_of);
    const bool there = mine.told_of != change_watch::outcome::not_there;
    const bool watched = there && mine.told_of != change_watch::outcome::not_at_all;
    loaded result{found.status, {}};
    if (found.status == http::status::not_found ||
        found.status == http::status::permanent_redirect) {
        // A folder that is missing as well, which is not watched then, may come with all that is in
        // it.
        if (watched)
            cache_.keep_missing(w.target, coming, found.status, ctx_.now());
        co_return result;
    }
    if (found.status != http::status::ok)
        co_return result;
    const representation_ptr r = opened(w, found);
    result.what = r;
    if (!cache_.takes(r->file.size))
        co_return result;
    if (r->charge())
        co_await read_whole(*r);
    if (!r->in_memory())
        r->discharge();
    r->lasting = make_lasting_head(r->file, r->coding, r->content_type, r->cache_control, w.now_s);
    if (there)
        cache_.keep(w.target, coming, http::is_compressible(w.content_type), r, found.absent,
                    watched, ctx_.now());
    co_return result;
}

representation_ptr loader::opened(const wanted& w, resolution& found) {
    representation_ptr r(new representation(ctx_.blocks()));
    r->file = std::move(found.file);
    r->coding = found.coding;
    r->content_type = w.content_type;
    r->cache_control = w.cache_control;
    return r;
}

// What is kept has been opened after its folders were watched, whoever began with that.
asio::awaitable<resolution> loader::open(const wanted& w, change_watch::outcome& told_of) {
    using outcome = change_watch::outcome;
    const std::uint64_t begun = cache_.watches_begun();
    auto opening = resolve(ctx_, w.where, w.accepted);
    resolution found = co_await std::move(opening);
    told_of = found.linked ? outcome::not_at_all : cache_.watch(w.where.root, w.where.path);
    const bool watched = told_of == outcome::since_before || told_of == outcome::from_now_on;
    if (watched && cache_.watches_begun() != begun) {
        auto again = resolve(ctx_, w.where, w.accepted);
        found = co_await std::move(again);
        told_of = found.linked ? outcome::not_at_all : outcome::since_before;
    }
    co_return found;
}

// Leaves the file open when it cannot be read at once, or has changed: then it goes the way of the
// large ones.
asio::awaitable<void> loader::read_whole(representation& r) {
    const auto size = static_cast<std::size_t>(r.file.size);
    io::stored_bytes body = store_.take(size);
    std::span<char> left(body.data(), body ? size : 0);
    while (!left.empty()) {
        auto reading = io::async_read_at(ctx_, r.file.fd.get(), left, size - left.size(),
                                         asio::as_tuple(asio::deferred));
        const auto [failed, got] = co_await std::move(reading);
        if (failed || got == 0)
            co_return;
        left = left.subspan(got);
    }
    if (!body || !io::is_still(r.file, r.file.fd.get()))
        co_return;
    r.body = std::move(body);
    r.file.fd.reset();
}

} // namespace ringlet::files

// From a target to what is sent for it, through the cache.
#pragma once

#include "files/cache.hpp"
#include "files/resolve.hpp"
#include "io/context.hpp"
#include "io/event.hpp"
#include "io/readable_watch.hpp"
#include "io/stored_bytes.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace ringlet::files {

/// What is asked for. All that it refers to must live until it is loaded.
struct wanted {
    std::string_view target; // its path, as the client wrote it; empty: not to be kept
    location where;
    std::string_view content_type;
    std::string_view cache_control;
    http::coding_list accepted;
    std::int64_t now_s = 0; // Unix time
};

struct loaded {
    http::status status = http::status::service_unavailable; // ok, with `what`, or as in resolution
    representation_ptr what;
};

/// For the connections of one worker.
class loader {
  public:
    loader(io::context& ctx, std::uint64_t cache_bytes)
        : ctx_(ctx), news_(ctx), cache_(cache_bytes) {}

    /// What was loaded before, and is still true.
    known_target* find(std::string_view target) {
        const change_watch& w = cache_.watched();
        return cache_.find(target, ctx_.now(), news_.count(w.descriptor(), w.use()));
    }

    /// Opens the file, and reads it where it is small. Whoever wants the same meanwhile waits for
    /// that.
    boost::asio::awaitable<loaded> load(wanted w) {
        return keeps(w) ? load_shared(w) : load_alone(w);
    }

    /// Forgets what is known.
    void forget() { cache_.clear(); }

    /// Whether the kernel tells when what is kept changes; else that is noticed late. It may be
    /// told again after forget().
    bool told_of_changes() const noexcept {
        return !cache_.keeps_any() || cache_.watched().descriptor() >= 0;
    }

  private:
    // Owned by all who wait for it.
    struct in_progress {
        cache::arrival coming;
        change_watch::outcome told_of = change_watch::outcome::not_there; // if it changes
        loaded result;
        io::event done;
    };
    class leading;

    bool keeps(const wanted& w) const noexcept { return !w.target.empty() && cache_.keeps_any(); }
    boost::asio::awaitable<loaded> load_alone(wanted w);
    boost::asio::awaitable<loaded> load_shared(wanted w);
    boost::asio::awaitable<loaded> load_first(const wanted& w, in_progress& mine);
    boost::asio::awaitable<resolution> open(const wanted& w, change_watch::outcome& told_of);
    representation_ptr opened(const wanted& w, resolution& found);
    boost::asio::awaitable<void> read_whole(representation& into);

    io::context& ctx_;
    io::readable_watch news_; // of what has changed
    cache cache_;
    io::byte_store store_;
    std::map<std::string, std::shared_ptr<in_progress>, std::less<>> in_progress_;
};

} // namespace ringlet::files

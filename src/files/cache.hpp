// What one worker remembers of the files that it has sent.
#pragma once

#include "base/intrusive_list.hpp"
#include "files/change_watch.hpp"
#include "files/representation.hpp"
#include "http/status.hpp"
#include "io/backend.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <array>
#include <bitset>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

namespace ringlet::files {

/// What is known of a target.
struct known_target : list_hook {
    std::string target; // its path, as clients write it
    std::string place;  // of the file, without any coding
    bool compressible = false;
    http::status status = http::status::ok; // or there is no such file

    /// What to send to a client that accepts those codings; null when that is not known.
    const representation_ptr& find(const http::coding_list& accepted) const noexcept;

    std::array<representation_ptr, http::coding_count> by_coding;
    std::bitset<http::coding_count> absent;
    io::clock::time_point good_until;
    std::size_t bytes = 0; // of memory
    unsigned char uses = 0;
    enum class queue : unsigned char { fresh, proven, missing } in = queue::fresh;
};

/// Keeps what is small enough, up to a bound of memory. What is asked for once, such as all of a
/// site by a crawler, does not drive out what is asked for again and again: it has to pass a small
/// queue first (as S3-FIFO does it).
///
/// An entry is dropped when its file changes (see change_watch), else after a time.
class cache final : change_watch::listener {
  public:
    /// Of `most_bytes` == 0 nothing is kept.
    explicit cache(std::uint64_t most_bytes) noexcept : most_(most_bytes) {}

    bool keeps_any() const noexcept { return most_ != 0; }

    /// Whether a file of that size may be kept.
    bool takes(std::uint64_t bytes) const noexcept;

    /// What is known and still true. Good until the next call of anything here. `news` is
    /// another number than last time when something may have changed since.
    known_target* find(std::string_view target, io::clock::time_point now, std::uint64_t news);

    /// To be asked before a file is opened that is to be kept.
    change_watch::outcome watch(int root, std::string_view path) {
        return watch_.watch(root, path);
    }
    const change_watch& watched() const noexcept { return watch_; }
    std::uint64_t watches_begun() const noexcept { return watch_.begun(); }

    /// A file that is being opened, which may change meanwhile. Linked as long as it lives.
    struct arrival : list_hook {
        std::string place;
        bool changed = false;
    };
    void expect(arrival& a) { arrivals_.push_back(a); }

    /// Adds to what is known about `target`, unless `a` has changed since it was expected.
    void keep(std::string_view target, const arrival& a, bool compressible, representation_ptr what,
              std::bitset<http::coding_count> absent, bool watched, io::clock::time_point now);
    void keep_missing(std::string_view target, const arrival& a, http::status status,
                      io::clock::time_point now);

    /// Forgets all, for what lies at the roots' paths is another folder now.
    void clear();

    std::uint64_t bytes() const noexcept { return bytes_; }
    std::size_t size() const noexcept { return targets_.size(); }

  private:
    using queue = known_target::queue;

    void file_changed(std::string_view place) override;
    void folder_changed(std::string_view place) override;
    void all_changed() override;

    known_target* add(std::string_view target, const std::string& place, queue in,
                      io::clock::time_point good_until);
    void charge(known_target& t, std::size_t bytes) noexcept;
    std::uint64_t& bytes_in(queue q) noexcept { return queue_bytes_[static_cast<unsigned>(q)]; }
    void drop(known_target& t);
    void drop_at(std::string_view place);
    void make_room(io::clock::time_point now);
    template <class Condition>
    void drop_if(Condition condition);

    std::uint64_t most_;
    std::uint64_t bytes_ = 0;
    std::array<std::uint64_t, 3> queue_bytes_{};
    std::size_t missing_count_ = 0;
    std::uint64_t news_ = 0;
    change_watch watch_;
    intrusive_list<arrival> arrivals_;
    boost::unordered_flat_map<std::string_view, std::unique_ptr<known_target>> targets_;
    std::unordered_multimap<std::string_view, known_target*> places_;
    intrusive_list<known_target> fresh_, proven_, missing_;
};

} // namespace ringlet::files

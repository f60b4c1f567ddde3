// A cache before a real folder.
#pragma once

#include "files/cache.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <cstdlib>

namespace ringlet::files {

namespace fs = std::filesystem;
using namespace std::chrono_literals;
using http::coding;

inline constexpr std::uint64_t kib = 1024;

/// A cache before a real folder, with a clock that is moved by hand, and a turn of the loop for
/// each question.
struct cached_folder {
    explicit cached_folder(std::uint64_t most = 1024 * kib) : kept(most) {
        fs::create_directories(root.path() / "a");
        for (const char* name : {"x", "y", "x.gz", "a/x"})
            root.write(name, name);
    }

    static representation_ptr made(std::size_t bytes, coding c) {
        representation_ptr r(new representation);
        r->file.size = bytes;
        r->coding = c;
        r->body = io::byte_store().take(bytes);
        return r;
    }
    std::string place(const std::string& path) const { return place_of(root.fd(), path); }

    /// As when `path` was opened and read, without anything having happened meanwhile.
    representation_ptr keep(const std::string& target, const std::string& path,
                            std::size_t bytes = 10, coding c = coding::identity,
                            std::bitset<http::coding_count> absent = {}) {
        cache::arrival coming;
        coming.place = place(path);
        kept.expect(coming);
        const bool watched =
            kept.watch(root.fd(), path) != change_watch::outcome::not_at_all && !unwatched;
        representation_ptr r = made(bytes, c);
        kept.keep(target, coming, true, r, absent, watched, now);
        return r;
    }
    representation_ptr keep(const std::string& path, std::size_t bytes = 10) {
        return keep(path, path, bytes);
    }
    void keep_missing(const std::string& target, http::status status = http::status::not_found) {
        cache::arrival coming;
        coming.place = place(target);
        kept.expect(coming);
        kept.watch(root.fd(), target);
        kept.keep_missing(target, coming, status, now);
    }

    known_target* find(std::string_view target) { return kept.find(target, now, ++turn); }
    bool knows(std::string_view target) { return find(target) != nullptr; }
    representation_ptr get(std::string_view target, const http::coding_list& accepted = {}) {
        known_target* t = find(target);
        return t != nullptr ? t->find(accepted) : nullptr;
    }

    testing::temporary_folder root;
    cache kept;
    io::clock::time_point now{};
    std::uint64_t turn = 1;
    bool unwatched = false;
};

} // namespace ringlet::files

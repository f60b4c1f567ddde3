// A file as it is sent, in one coding (RFC 9110 section 3.2).
#pragma once

#include "base/unique_fd.hpp"
#include "http/encoding.hpp"
#include "http/etag.hpp"
#include "io/block_pool.hpp"
#include "io/file_state.hpp"
#include "io/stored_bytes.hpp"

#include <boost/smart_ptr/intrusive_ptr.hpp>
#include <boost/smart_ptr/intrusive_ref_counter.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ringlet::files {

/// A regular file, open for reading, and what it was when it was opened.
struct open_file : io::file_state {
    unique_fd fd;
    std::uint64_t inode = 0;
};

/// What heads say of a file for as long as it is the same: fields behind the common ones and
/// Connection, with the empty line. Empty where they change with the time.
struct lasting_head {
    std::string whole;        // of a 200
    std::string not_modified; // of a 304
    http::etag_buffer etag;
    std::int64_t last_modified_s = 0;
};

/// Shared by the answers of one worker that send it, and by its cache.
struct representation : boost::intrusive_ref_counter<representation, boost::thread_unsafe_counter> {
    representation() noexcept = default;
    explicit representation(io::block_pool& pool) noexcept : pool_(&pool) {}

    open_file file; // with a descriptor unless all is in `body`
    http::coding coding = http::coding::identity;
    std::string content_type; // of the file before any coding
    std::string cache_control;
    lasting_head lasting;
    io::stored_bytes body;

    bool in_memory() const noexcept { return static_cast<bool>(body); }
    std::string_view bytes() const noexcept {
        return {body.data(), static_cast<std::size_t>(file.size)};
    }

    /// While no cache has it in its account, it counts as memory for answers. Whether there is room
    /// for it.
    bool charge() {
        return pool_ == nullptr || charge_.emplace(*pool_).set(static_cast<std::size_t>(file.size));
    }
    void discharge() noexcept { charge_.reset(); }

  private:
    io::block_pool* pool_ = nullptr; // outlives what is charged
    std::optional<io::memory_charge> charge_;
};

using representation_ptr = boost::intrusive_ptr<representation>;

} // namespace ringlet::files

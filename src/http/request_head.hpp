// What a request head says, as views into the bytes it was parsed from.
#pragma once

#include "http/types.hpp"
#include "ringlet/limits.hpp"

#include <boost/container/static_vector.hpp>

#include <cstdint>
#include <string_view>

namespace ringlet::http {

/// One field line. `value` has no surrounding white space.
struct field_view {
    field_id id = field_id::unknown;
    std::string_view name;
    std::string_view value;
};

/// How the end of the request's content is found (RFC 9112 section 6.3).
enum class framing : std::uint8_t { none, content_length, chunked };

/// A parsed request head. All views point into the parsed input, which must outlive it.
struct request_head {
    verb method = verb::unknown;
    std::string_view method_name;
    std::string_view target; // as received, not decoded
    unsigned version = 11;   // 10 or 11
    boost::container::static_vector<field_view, limits::head_fields> fields;

    framing body = framing::none;
    std::uint64_t content_length = 0; // of the request's content, when body == content_length
    bool keep_alive = true;           // what version and Connection ask for
    bool expect_continue = false;

    /// The first field of that name, or nullptr.
    const field_view* find(field_id id) const noexcept {
        for (const field_view& f : fields)
            if (f.id == id)
                return &f;
        return nullptr;
    }

    /// Calls `visit(value)` for every field line of that name, in order.
    template <class Visitor>
    void for_each(field_id id, Visitor&& visit) const {
        for (const field_view& f : fields)
            if (f.id == id)
                visit(f.value);
    }
};

} // namespace ringlet::http

// What a request head says, as views into the bytes it was parsed from.
#pragma once

#include "http/field_list.hpp"
#include "http/types.hpp"

#include <cstdint>
#include <optional>
#include <string_view>

namespace ringlet::http {

/// How the end of the request's content is found (RFC 9112 section 6.3).
enum class framing : std::uint8_t { none, content_length, chunked };

/// A parsed request head. All views point into the parsed input, which must outlive it.
struct request_head {
    verb method = verb::unknown;
    std::string_view method_name;
    std::string_view target; // as received, not decoded
    unsigned version = 11;   // 10 or 11
    field_list fields;

    framing body = framing::none;
    std::uint64_t content_length = 0; // of the request's content, when body == content_length
    bool keep_alive = true;           // what version and Connection ask for
    bool expect_continue = false;

    /// As if it were new, without touching the memory that fields have not used.
    void clear() noexcept {
        method = verb::unknown;
        method_name = target = {};
        version = 11;
        fields.clear(nullptr);
        body = framing::none;
        content_length = 0;
        keep_alive = true;
        expect_continue = false;
    }

    /// The first field of that name.
    std::optional<field_view> find(field_id id) const noexcept {
        if (!fields.may_have(id))
            return std::nullopt;
        for (const field_view& f : fields)
            if (f.id == id)
                return f;
        return std::nullopt;
    }

    /// Calls `visit(value)` for every field line of that name, in order.
    template <class Visitor>
    void for_each(field_id id, Visitor&& visit) const {
        if (!fields.may_have(id))
            return;
        for (const field_view& f : fields)
            if (f.id == id)
                visit(f.value);
    }
};

// There is one for every request in progress.
static_assert(sizeof(request_head) <= 800);

} // namespace ringlet::http

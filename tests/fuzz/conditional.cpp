// Preconditions: whatever the fields hold, they decide, and without them nothing is decided.
#include "http/conditional.hpp"
#include "fuzz/fuzz.hpp"
#include "http/parser.hpp"

#include <string>

namespace ringlet::fuzz {

void run(std::string_view input) {
    const unsigned how = take_byte(input);
    std::string text = how & 1 ? "GET" : "PUT";
    text.append(" / HTTP/1.1\r\nHost: h\r\n").append(input).append("\r\n\r\n");
    const exact_copy copy(text);
    http::request_head head;
    if (http::parse_request_head(copy.view(), head).what != http::outcome::complete)
        return;
    const http::validators current{how & 2 ? "\"etag\"" : "", 1'700'000'000};
    const std::int64_t now_s = how & 4 ? 1'700'000'000 : 1'800'000'000;
    const auto verdict = http::evaluate(head, how & 8 ? &current : nullptr, now_s);
    http::if_range_allows(head, current, now_s);

    using http::field_id;
    bool any = false;
    for (const field_id id : {field_id::if_match, field_id::if_none_match,
                              field_id::if_modified_since, field_id::if_unmodified_since})
        any = any || head.find(id);
    require(any || verdict == http::precondition::proceed);
    if (verdict == http::precondition::not_modified)
        require(head.method == http::verb::get);
}

} // namespace ringlet::fuzz

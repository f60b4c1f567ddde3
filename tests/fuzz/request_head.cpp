// A request head has the same outcome however much of what follows it has come.
#include "fuzz/fuzz.hpp"
#include "http/parser.hpp"

#include "ringlet/limits.hpp"

namespace ringlet::fuzz {
namespace {

bool lies_in(std::string_view part, std::string_view whole) {
    return part.empty() || (part.data() >= whole.data() &&
                            part.data() + part.size() <= whole.data() + whole.size());
}

http::parse_result parse_copy(std::string_view bytes) {
    const exact_copy copy(bytes);
    http::request_head head;
    return http::parse_request_head(copy.view(), head);
}

void check_complete(const http::request_head& head, std::string_view input,
                    const http::parse_result& result) {
    require(result.consumed > 0 && result.consumed <= input.size());
    require(input.substr(0, result.consumed).ends_with("\r\n\r\n"));
    require(head.fields.size() <= http::default_limits.head_fields);
    require(lies_in(head.target, input) && lies_in(head.method_name, input));
    for (const http::field_view& f : head.fields)
        require(lies_in(f.name, input) && lies_in(f.value, input) && !f.name.empty());
    require(head.version == 10 || head.version == 11);
    if (head.version == 11)
        require(head.find(http::field_id::host).has_value());
}

} // namespace

void run(std::string_view input) {
    const unsigned cut = take_byte(input);
    const exact_copy whole(input);
    http::request_head head;
    const auto result = http::parse_request_head(whole.view(), head);
    const std::string_view shorter = input.substr(0, input.size() * cut / 256);
    const auto before = parse_copy(shorter);
    if (result.what == http::outcome::complete) {
        check_complete(head, whole.view(), result);
        require(before.what == (shorter.size() < result.consumed ? http::outcome::partial
                                                                 : http::outcome::complete));
    } else if (result.what == http::outcome::partial) {
        require(before.what == http::outcome::partial);
    } else {
        require(result.reason != nullptr && *result.reason != '\0');
        require(static_cast<unsigned>(result.error) >= 400);
        require(before.what != http::outcome::complete);
    }
}

} // namespace ringlet::fuzz

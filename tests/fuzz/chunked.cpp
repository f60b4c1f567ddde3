// A chunked body gives the same content in whatever pieces it comes.
#include "http/chunked.hpp"
#include "fuzz/fuzz.hpp"

#include <algorithm>
#include <string>

namespace ringlet::fuzz {
namespace {

struct decoded {
    http::outcome what = http::outcome::partial;
    std::size_t consumed = 0;
    std::string content;
    bool operator==(const decoded&) const = default;
};

decoded decode(std::string_view input, std::size_t piece_bytes) {
    http::chunked_decoder decoder;
    decoded d;
    while (d.what == http::outcome::partial && d.consumed < input.size()) {
        const exact_copy piece(input.substr(d.consumed, piece_bytes));
        const auto s = decoder.next(piece.view());
        require(s.consumed <= piece.view().size());
        require(s.what != http::outcome::partial || s.consumed != 0);
        d.what = s.what;
        d.consumed += s.consumed;
        d.content += s.data;
    }
    return d;
}

} // namespace

void run(std::string_view input) {
    const std::size_t piece_bytes = take_byte(input) % 16 + 1;
    const decoded whole = decode(input, input.size());
    require(decode(input, piece_bytes) == whole);
    require(whole.content.size() <= input.size());
    if (whole.what == http::outcome::complete)
        require(input.substr(0, whole.consumed).ends_with("\r\n"));
}

} // namespace ringlet::fuzz

// The codings of Accept-Encoding come in the order of their weights.
#include "fuzz/fuzz.hpp"
#include "http/encoding.hpp"

#include <array>

namespace ringlet::fuzz {

void run(std::string_view input) {
    const exact_copy copy(input);
    const auto half = copy.view().size() / 2;
    const std::array lines{copy.view().substr(0, half), copy.view().substr(half)};
    const http::accepted_codings accepted = http::parse_accept_encoding(lines);
    const http::coding_list order = accepted.order();
    unsigned last = 1000;
    for (const http::coding c : order) {
        const unsigned q = accepted.q[static_cast<std::size_t>(c)];
        require(q > 0 && q <= last);
        last = q;
    }
    std::size_t acceptable = 0;
    for (const unsigned q : accepted.q)
        acceptable += q != 0;
    require(acceptable == order.size());
}

} // namespace ringlet::fuzz

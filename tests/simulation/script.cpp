#include "simulation/script.hpp"

#include <cinttypes>
#include <cstdio>

namespace ringlet::simulation {

script::script(std::uint64_t seed) : random_(seed) {
    constexpr std::array<unsigned, 8> often{0, 0, 2, 3, 4, 8, 16, 64};
    for (unsigned& v : variations_)
        v = often[below(often.size())];
    constexpr std::array<unsigned, 4> rarely{4, 16, 64, 256};
    if (below(3) != 0) // of three seeds one is without
        for (unsigned& f : faults_)
            f = below(3) == 0 ? rarely[below(rarely.size())] : 0;
    for (const unsigned f : faults_)
        may_disturb_ = may_disturb_ || f != 0;
}

bool script::happens(fault f) {
    const bool now = one_in(faults_[static_cast<std::size_t>(f)]);
    disturbed_ = disturbed_ || now;
    return now;
}

std::string script::bytes(std::size_t n) {
    std::string all(n, '\0');
    for (char& c : all)
        c = static_cast<char>(below(256));
    return all;
}

void script::note(std::string_view what, std::int64_t a, std::int64_t b, std::int64_t c) {
    const auto mix = [this](std::uint64_t value, int bytes) {
        for (int i = 0; i < bytes; ++i, value >>= 8)
            trace_ = (trace_ ^ (value & 0xff)) * 0x100'0000'01b3;
    };
    for (const char ch : what)
        mix(static_cast<unsigned char>(ch), 1);
    for (const std::int64_t number : {a, b, c})
        mix(static_cast<std::uint64_t>(number), 8);
    if (prints_)
        std::printf("%.*s %" PRId64 " %" PRId64 " %" PRId64 "\n", static_cast<int>(what.size()),
                    what.data(), a, b, c);
}

void script::show(std::string_view what, std::string_view text) const {
    if (prints_)
        std::printf("--- %.*s %zu bytes\n%.*s\n", static_cast<int>(what.size()), what.data(),
                    text.size(), static_cast<int>(text.size()), text.data());
}

} // namespace ringlet::simulation

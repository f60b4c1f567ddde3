// usage: simulate [--trace | --twice] SEED [COUNT]
// Runs COUNT seeds (one unless told) from SEED on; what fails says its seed. --trace prints what
// happens. --twice runs each seed twice, and the same has to happen.
#include "simulation/simulation.hpp"

#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <string_view>
#include <unistd.h>

namespace {

unsigned long long seed = 0;
int error_output = STDERR_FILENO;

// In a handler of SIGABRT.
void say_seed(int) {
    ::dprintf(error_output, "seed %llu failed; see: simulate --trace %llu\n", seed, seed);
}

// The server has much to complain about.
void silence() {
    error_output = ::dup(STDERR_FILENO);
    ::close(STDERR_FILENO);
    ::open("/dev/null", O_WRONLY); // takes its number
}

} // namespace

int main(int argc, char** argv) {
    using ringlet::simulation::run;
    const std::string_view mode = argc > 1 ? argv[1] : "";
    const bool prints = mode == "--trace";
    const bool twice = mode == "--twice";
    char** const numbers = argv + (prints || twice ? 2 : 1);
    if (numbers >= argv + argc) {
        std::fputs("usage: simulate [--trace | --twice] SEED [COUNT]\n", stderr);
        return 2;
    }
    const auto first = std::strtoull(numbers[0], nullptr, 10);
    const auto count = numbers + 1 < argv + argc ? std::strtoull(numbers[1], nullptr, 10) : 1;
    std::signal(SIGABRT, say_seed);
    std::setvbuf(stdout, nullptr, _IOLBF, 0); // all of a trace is seen, when it aborts
    if (!prints)
        silence();
    std::size_t clients = 0, disturbed = 0;
    std::uint64_t trace = 0;
    for (seed = first; seed < first + count; ++seed) {
        const auto one = run(seed, prints);
        if (twice && run(seed).trace != one.trace)
            std::abort();
        trace ^= one.trace;
        clients += one.clients;
        disturbed += one.disturbed ? 1 : 0;
    }
    std::printf(
        "%llu seeds with %zu clients; in %zu something went wrong outside the server; trace "
        "%016llx\n",
        count, clients, disturbed, static_cast<unsigned long long>(trace));
}

// For libFuzzer.
#include "fuzz/fuzz.hpp"

#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    ringlet::fuzz::run({reinterpret_cast<const char*>(data), size});
    return 0;
}

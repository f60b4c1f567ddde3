// What a fuzz target is made of: one function that takes any bytes, and aborts when something is
// not as it has to be.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <memory>
#include <source_location>
#include <string_view>

namespace ringlet::fuzz {

/// To be defined by each target. `input` ends where its memory ends, so that a sanitizer sees a
/// read beyond it.
void run(std::string_view input);

inline void require(bool holds, std::source_location at = std::source_location::current()) {
    if (holds)
        return;
    std::fprintf(stderr, "%s:%u: does not hold\n", at.file_name(), at.line());
    std::abort();
}

/// Bytes in memory of just their size.
class exact_copy {
  public:
    explicit exact_copy(std::string_view bytes)
        : bytes_(std::make_unique<char[]>(bytes.size())), size_(bytes.size()) {
        bytes.copy(bytes_.get(), size_);
    }
    std::string_view view() const noexcept { return {bytes_.get(), size_}; }

  private:
    std::unique_ptr<char[]> bytes_;
    std::size_t size_;
};

/// Takes a number from the front of the input: how to cut or vary the rest.
inline unsigned take_byte(std::string_view& input) noexcept {
    if (input.empty())
        return 0;
    const auto byte = static_cast<unsigned char>(input.front());
    input.remove_prefix(1);
    return byte;
}

} // namespace ringlet::fuzz

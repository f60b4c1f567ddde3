#include "http/head_writer.hpp"

#include "http/status.hpp"

#include <array>
#include <cassert>
#include <charconv>

namespace ringlet::http {

bool is_safe_field_value(std::string_view value) noexcept {
    return value.find_first_of(std::string_view("\r\n\0", 3)) == value.npos;
}

head_writer::head_writer(std::string& out, status s) : out_(out) {
    if (s == status::ok) { // most responses
        out_ += "HTTP/1.1 200 OK\r\n";
        return;
    }
    const auto code = static_cast<unsigned>(s);
    assert(code >= 100 && code <= 999);
    const auto digit = [](unsigned n) { return static_cast<char>('0' + n % 10); };
    out_ += "HTTP/1.1 ";
    out_ += {digit(code / 100), digit(code / 10), digit(code), ' '};
    out_.append(reason_phrase(s)).append("\r\n");
}

head_writer& head_writer::field(std::string_view name, std::string_view value) {
    assert(!name.empty() && is_safe_field_value(name));
    assert(is_safe_field_value(value));
    out_.append(name).append(": ").append(value).append("\r\n");
    return *this;
}

head_writer& head_writer::field(std::string_view name, std::uint64_t value) {
    std::array<char, 20> digits; // of 2^64 - 1
    const auto [end, error] = std::to_chars(digits.begin(), digits.end(), value);
    assert(error == std::errc{});
    static_cast<void>(error);
    return field(name, std::string_view(digits.begin(), end));
}

void head_writer::end() {
    out_ += "\r\n";
}

} // namespace ringlet::http

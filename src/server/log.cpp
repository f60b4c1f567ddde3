#include "server/log.hpp"

#include <boost/asio/multiple_exceptions.hpp>

#include <atomic>
#include <string>
#include <unistd.h>

namespace ringlet {
namespace {

std::atomic<log_level> least{log_level::info};

std::string_view prefix(log_level level) noexcept {
    switch (level) {
    case log_level::error:
        return "ringlet: error: ";
    case log_level::warning:
        return "ringlet: warning: ";
    case log_level::info:
        return "ringlet: ";
    case log_level::debug:
        return "ringlet: debug: ";
    }
    return "ringlet: ";
}

} // namespace

void set_log_level(log_level level) noexcept {
    least.store(level, std::memory_order_relaxed);
}

bool logs(log_level level) noexcept {
    return level <= least.load(std::memory_order_relaxed);
}

void log(log_level level, std::string_view text) {
    if (!logs(level))
        return;
    std::string line(prefix(level));
    for (const char c : text)
        line += (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) ? '?' : c;
    line += '\n';
    [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, line.data(), line.size());
}

std::exception_ptr first_of(std::exception_ptr thrown) {
    try {
        std::rethrow_exception(thrown);
    } catch (const boost::asio::multiple_exceptions& several) {
        return several.first_exception();
    } catch (...) {
        return thrown;
    }
}

std::string text_of(const std::exception_ptr& thrown) {
    try {
        std::rethrow_exception(first_of(thrown));
    } catch (const std::exception& e) {
        return *e.what() != '\0' ? e.what() : "an exception without a message";
    } catch (...) {
        return "an exception that is not a std::exception";
    }
}

} // namespace ringlet

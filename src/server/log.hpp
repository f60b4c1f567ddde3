// Lines for the operator, on standard error.
#pragma once

#include "ringlet/server.hpp"

#include <exception>
#include <string>
#include <string_view>

namespace ringlet {

/// Lines of less importance than `level` are dropped from now on. Thread-safe.
void set_log_level(log_level level) noexcept;

bool logs(log_level level) noexcept;

/// Writes "ringlet: text" in one piece. Thread-safe. Control characters in `text` are replaced:
/// what a client sent can neither forge a line nor command a terminal.
void log(log_level level, std::string_view text);

/// The first of what several coroutines that were awaited together (`a && b`) have thrown; else
/// `thrown` itself.
std::exception_ptr first_of(std::exception_ptr thrown);

/// What an exception says, for a line of the log.
std::string text_of(const std::exception_ptr& thrown);

} // namespace ringlet

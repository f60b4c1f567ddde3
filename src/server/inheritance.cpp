#include "server/inheritance.hpp"

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <sys/stat.h>
#include <unistd.h>

namespace ringlet {
namespace {

// The variable, which is there no more afterwards.
std::optional<std::string> take_variable(const char* name) {
    const char* const found = std::getenv(name);
    if (found == nullptr)
        return std::nullopt;
    std::string value = found;
    ::unsetenv(name);
    return value;
}

std::optional<int> number_in(const std::optional<std::string>& text) {
    int number = 0;
    if (!text)
        return std::nullopt;
    const char* const end = text->data() + text->size();
    const auto [stopped, error] = std::from_chars(text->data(), end, number);
    if (error != std::errc() || stopped != end || number < 0)
        return std::nullopt;
    return number;
}

bool close_on_exec(int fd) {
    return ::fcntl(fd, F_SETFD, FD_CLOEXEC) == 0;
}

bool is_pipe(int fd) {
    struct stat s;
    return ::fstat(fd, &s) == 0 && S_ISFIFO(s.st_mode);
}

} // namespace

void inheritance::tell_ready() {
    const char yes = 1;
    if (ready) [[maybe_unused]]
        const ssize_t written = ::write(ready.get(), &yes, sizeof yes);
    ready.reset();
}

inheritance take_inheritance() {
    const auto pid = number_in(take_variable("LISTEN_PID"));
    const auto fds = take_variable("LISTEN_FDS");
    const auto ready = number_in(take_variable(ready_variable));
    for (const char* name : {"LISTEN_FDNAMES", "LISTEN_PIDFDID"})
        ::unsetenv(name);
    inheritance passed;
    if (pid != ::getpid() || !fds)
        return passed; // or it was for the process that has started this one
    const auto count = number_in(fds);
    constexpr int most = 1 << 20;
    if (!count || *count > most)
        throw std::runtime_error("LISTEN_FDS '" + *fds + "' is not a number of descriptors");
    for (int fd = first_passed_fd; fd < first_passed_fd + *count; ++fd) {
        if (!close_on_exec(fd))
            throw std::runtime_error("LISTEN_FDS is " + *fds + ", but descriptor " +
                                     std::to_string(fd) + ": " + std::strerror(errno));
        passed.sockets.emplace_back(fd);
    }
    if (ready && is_pipe(*ready) && close_on_exec(*ready))
        passed.ready.reset(*ready);
    return passed;
}

} // namespace ringlet

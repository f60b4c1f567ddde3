#include "server/common_fields.hpp"

#include "http/date.hpp"

#include <chrono>

namespace ringlet {

std::string_view common_fields::lines(io::clock::time_point now) {
    if (now >= next_)
        refresh(now);
    return lines_;
}

std::int64_t common_fields::unix_s(io::clock::time_point now) {
    if (now >= next_)
        refresh(now);
    return unix_s_;
}

void common_fields::refresh(io::clock::time_point now) {
    using namespace std::chrono;
    const auto wall = system_clock::now();
    const auto second = floor<seconds>(wall);
    next_ = now + duration_cast<io::clock::duration>(second + seconds(1) - wall);
    unix_s_ = second.time_since_epoch().count();
    http::http_date date;
    http::format_date(unix_s_, date);
    lines_ = "Server: ringlet\r\nDate: ";
    lines_.append(date.data(), date.size());
    lines_ += "\r\n";
}

} // namespace ringlet

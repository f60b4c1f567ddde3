#include "http/date.hpp"

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace ringlet::http {
namespace {

namespace chrono = std::chrono;

// In the order of std::chrono::weekday::c_encoding(); the short form is the first three letters.
constexpr std::array<std::string_view, 7> weekdays{"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                   "Thursday", "Friday", "Saturday"};
constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::size_t short_name = 3;

constexpr std::int64_t year_1_begin = -62'135'596'800;
constexpr std::int64_t year_9999_end = 253'402'300'799;

constexpr int two_digit_year_horizon_years = 50;

char* put(char* at, std::string_view text) noexcept {
    return std::copy(text.begin(), text.end(), at);
}

char* put_digits(char* at, unsigned value, std::size_t count) noexcept {
    for (std::size_t i = count; i-- > 0; value /= 10)
        at[i] = static_cast<char>('0' + value % 10);
    return at + count;
}

struct civil_time {
    unsigned year = 0;
    unsigned month = 0;
    unsigned day = 0;
    unsigned hour = 0;
    unsigned minute = 0;
    unsigned second = 0;
};

/// Consumes text from the front; a step that returns false may have consumed nothing or a part.
class scanner {
  public:
    explicit scanner(std::string_view text) noexcept : rest_(text) {}

    bool literal(std::string_view expected) noexcept {
        if (!rest_.starts_with(expected))
            return false;
        rest_.remove_prefix(expected.size());
        return true;
    }

    bool digits(std::size_t count, unsigned& out) noexcept {
        if (rest_.size() < count)
            return false;
        out = 0;
        for (const char c : rest_.substr(0, count)) {
            if (c < '0' || c > '9')
                return false;
            out = out * 10 + static_cast<unsigned>(c - '0');
        }
        rest_.remove_prefix(count);
        return true;
    }

    bool weekday(std::size_t length) noexcept {
        return std::ranges::any_of(
            weekdays, [&](std::string_view name) { return literal(name.substr(0, length)); });
    }

    bool month(unsigned& out) noexcept {
        const auto found =
            std::ranges::find_if(months, [&](std::string_view name) { return literal(name); });
        out = static_cast<unsigned>(found - months.begin()) + 1;
        return found != months.end();
    }

    bool time_of_day(civil_time& out) noexcept {
        return digits(2, out.hour) && literal(":") && digits(2, out.minute) && literal(":") &&
               digits(2, out.second);
    }

    bool at_end() const noexcept { return rest_.empty(); }

  private:
    std::string_view rest_;
};

/// `Sun, 06 Nov 1994 08:49:37 GMT`
bool scan_imf_fixdate(scanner in, civil_time& out) noexcept {
    return in.weekday(short_name) && in.literal(", ") && in.digits(2, out.day) && in.literal(" ") &&
           in.month(out.month) && in.literal(" ") && in.digits(4, out.year) && in.literal(" ") &&
           in.time_of_day(out) && in.literal(" GMT") && in.at_end();
}

/// `Sunday, 06-Nov-94 08:49:37 GMT`; leaves the year with its two digits.
bool scan_rfc850(scanner in, civil_time& out) noexcept {
    return in.weekday(std::string_view::npos) && in.literal(", ") && in.digits(2, out.day) &&
           in.literal("-") && in.month(out.month) && in.literal("-") && in.digits(2, out.year) &&
           in.literal(" ") && in.time_of_day(out) && in.literal(" GMT") && in.at_end();
}

/// `Sun Nov  6 08:49:37 1994`
bool scan_asctime(scanner in, civil_time& out) noexcept {
    if (!(in.weekday(short_name) && in.literal(" ") && in.month(out.month) && in.literal(" ")))
        return false;
    const std::size_t day_digits = in.literal(" ") ? 1 : 2;
    return in.digits(day_digits, out.day) && in.literal(" ") && in.time_of_day(out) &&
           in.literal(" ") && in.digits(4, out.year) && in.at_end();
}

chrono::year_month_day date_of(const civil_time& t) noexcept {
    return chrono::year{static_cast<int>(t.year)} / chrono::month{t.month} / chrono::day{t.day};
}

std::int64_t to_unix(chrono::sys_days day, const civil_time& t) noexcept {
    const auto time_of_day =
        chrono::hours{t.hour} + chrono::minutes{t.minute} + chrono::seconds{t.second};
    return chrono::seconds{day.time_since_epoch() + time_of_day}.count();
}

std::optional<std::int64_t> to_unix(const civil_time& t) noexcept {
    const auto date = date_of(t);
    if (!date.ok() || t.hour > 23 || t.minute > 59 || t.second > 60)
        return std::nullopt;
    return to_unix(chrono::sys_days{date}, t);
}

chrono::sys_seconds clamped(std::int64_t unix_seconds) noexcept {
    return chrono::sys_seconds{
        chrono::seconds{std::clamp(unix_seconds, year_1_begin, year_9999_end)}};
}

/// RFC 9110 section 5.6.7: what appears to be more than 50 years ahead lies in the past.
std::optional<std::int64_t> resolve_two_digit_year(civil_time t, std::int64_t now_unix) noexcept {
    const chrono::sys_seconds now = clamped(now_unix);
    const auto today = chrono::floor<chrono::days>(now);
    const chrono::year_month_day date{today};
    // On 29 February this is 1 March of a year that has no such day, which chrono defines.
    const chrono::sys_days horizon_day{date + chrono::years{two_digit_year_horizon_years}};
    const std::int64_t horizon =
        chrono::sys_seconds{horizon_day + (now - today)}.time_since_epoch().count();

    const unsigned horizon_year =
        static_cast<unsigned>(int{date.year()} + two_digit_year_horizon_years);
    t.year += horizon_year - horizon_year % 100;
    if (to_unix(chrono::sys_days{date_of(t)}, t) > horizon)
        t.year -= 100;
    return to_unix(t);
}

} // namespace

void format_date(std::int64_t unix_seconds, http_date& out) noexcept {
    const chrono::sys_seconds time = clamped(unix_seconds);
    const auto midnight = chrono::floor<chrono::days>(time);
    const chrono::year_month_day date{midnight};
    const chrono::hh_mm_ss clock{time - midnight};

    char* at = out.data();
    at = put(at, weekdays[chrono::weekday{midnight}.c_encoding()].substr(0, short_name));
    at = put(at, ", ");
    at = put_digits(at, unsigned{date.day()}, 2);
    at = put(at, " ");
    at = put(at, months[unsigned{date.month()} - 1]);
    at = put(at, " ");
    at = put_digits(at, static_cast<unsigned>(int{date.year()}), 4);
    at = put(at, " ");
    at = put_digits(at, static_cast<unsigned>(clock.hours().count()), 2);
    at = put(at, ":");
    at = put_digits(at, static_cast<unsigned>(clock.minutes().count()), 2);
    at = put(at, ":");
    at = put_digits(at, static_cast<unsigned>(clock.seconds().count()), 2);
    put(at, " GMT");
}

std::optional<std::int64_t> parse_date(std::string_view text, std::int64_t now_unix) noexcept {
    const scanner in{text};
    civil_time t;
    if (scan_imf_fixdate(in, t) || scan_asctime(in, t))
        return to_unix(t);
    if (scan_rfc850(in, t))
        return resolve_two_digit_year(t, now_unix);
    return std::nullopt;
}

} // namespace ringlet::http

#include "server/common_fields.hpp"

#include "http/date.hpp"
#include "support/catch.hpp"

#include <chrono>

namespace ringlet {
namespace {

std::int64_t date_in(std::string_view lines) {
    const std::string_view mark = "Date: ";
    const std::string_view date = lines.substr(lines.find(mark) + mark.size(), 29);
    const auto parsed = http::parse_date(date, 0);
    return parsed ? *parsed : -1;
}

std::int64_t wall_s() {
    using namespace std::chrono;
    return duration_cast<seconds>(system_clock::now().time_since_epoch()).count();
}

} // namespace

TEST_CASE("the common fields are whole lines with the time of now") {
    common_fields fields;
    const std::int64_t before = wall_s();
    const std::string lines(fields.lines(io::clock::now()));
    const std::int64_t after = wall_s();
    CHECK(lines.starts_with("Server: ringlet\r\n"));
    CHECK(lines.ends_with(" GMT\r\n"));
    CHECK(date_in(lines) >= before);
    CHECK(date_in(lines) <= after);
    CHECK(fields.unix_s(io::clock::now()) >= before);
}

TEST_CASE("Date is formatted again when its second is over and not before") {
    common_fields fields;
    const auto now = io::clock::now();
    const std::int64_t first = date_in(fields.lines(now));
    const char* const where = fields.lines(now).data();
    // The loop's clock stands still, so nothing is formatted, however late it is on the wall.
    CHECK(date_in(fields.lines(now)) == first);
    CHECK(fields.lines(now).data() == where);
    CHECK(fields.unix_s(now) == first);
    // As the loop's clock goes on, Date does, within a second.
    std::int64_t later = first;
    for (auto t = now; later == first && t < now + std::chrono::seconds(10); t = io::clock::now())
        later = date_in(fields.lines(t));
    CHECK(later > first);
    CHECK(later <= wall_s());
}

} // namespace ringlet

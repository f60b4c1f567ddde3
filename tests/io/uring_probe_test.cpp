#include "io/uring_backend.hpp"
#include "io/uring_probe.hpp"
#include "support/catch.hpp"

#include <cerrno>

#include <algorithm>
#include <system_error>

using namespace ringlet::io;

TEST_CASE("the probe and the backend agree on whether io_uring can be used") {
    const uring_report report = probe_uring();
    if (report.error != 0 || report.missing() != nullptr) {
        CHECK_FALSE(why_not_uring(report).empty());
        CHECK_THROWS_AS(make_uring_backend(), std::runtime_error);
        return;
    }
    CHECK(why_not_uring(report).empty());
    CHECK(make_uring_backend() != nullptr);
    CHECK_FALSE(report.features.empty());
    for (const feature& f : report.features) {
        CHECK_FALSE(f.name.empty());
        CHECK_FALSE(f.note.empty());
    }
}

TEST_CASE("the first missing feature is the one that is used and absent") {
    uring_report report;
    CHECK(report.missing() == nullptr);
    report.features = {{"a", true, true, ""}, {"b", false, false, ""}, {"c", false, true, ""}};
    REQUIRE(report.missing() != nullptr);
    CHECK(report.missing()->name == "c");
}

TEST_CASE("every refusal is explained in one line") {
    for (const int error : {ENOSYS, EPERM, EACCES, ENOMEM, EMFILE, ENFILE, EINVAL}) {
        const std::string text = explain_ring_failure(error);
        CHECK(text.find("io_uring") != std::string::npos);
        CHECK(std::count(text.begin(), text.end(), '\n') == 0);
    }
}

TEST_CASE("a buffer count that is no power of two is refused") {
    CHECK_THROWS_AS(make_uring_backend({.count = 3, .bytes = 64}), std::system_error);
}

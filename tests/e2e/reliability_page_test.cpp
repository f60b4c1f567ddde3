// docs/reliability.md names tests: those that there are.
#include "e2e/site.hpp"
#include "support/catch.hpp"

#include <filesystem>
#include <sstream>

namespace ringlet::testing {
namespace {

namespace fs = std::filesystem;

std::string all_tests() {
    std::string all;
    for (const auto& entry : fs::recursive_directory_iterator(fs::path(RINGLET_SOURCE) / "tests"))
        if (entry.path().extension() == ".cpp")
            all += read_file(entry.path());
    return all;
}

} // namespace

TEST_CASE("every test that the page on reliability names is there") {
    const std::string tests = all_tests();
    std::istringstream page(read_file(fs::path(RINGLET_SOURCE) / "docs/reliability.md"));
    int named = 0;
    for (std::string line; std::getline(page, line);) {
        if (!line.starts_with("- "))
            continue;
        std::string name = line.substr(2);
        if (name.starts_with("server:"))
            name.erase(0, name.find(':') + 1);
        INFO("named on the page: " << name);
        CHECK(tests.find('"' + name + '"') != tests.npos);
        ++named;
    }
    CHECK(named > 30);
}

} // namespace ringlet::testing

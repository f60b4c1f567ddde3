// docs/handlers.md quotes files that are compiled and tried.
#include "examples/example.hpp"
#include "support/raw_client.hpp"
#include "support/temporary_folder.hpp"

#include <fstream>
#include <iterator>
#include <sstream>

namespace ringlet::testing {
namespace {

using lines = std::vector<std::string>;

lines lines_of(const std::string& path) {
    std::ifstream file(RINGLET_SOURCE "/" + path);
    if (!file)
        throw std::runtime_error("there is no " + path);
    lines all;
    for (std::string line; std::getline(file, line);)
        all.push_back(line);
    return all;
}

// Without the spaces that all lines begin with.
lines flush_left(lines text) {
    std::size_t margin = std::string::npos;
    for (const std::string& line : text)
        margin = std::min(margin, line.find_first_not_of(' '));
    for (std::string& line : text)
        line.erase(0, std::min(margin, line.size()));
    return text;
}

bool contains(const lines& file, const lines& block) {
    for (std::size_t at = 0; at + block.size() <= file.size(); ++at) {
        const auto first = file.begin() + static_cast<std::ptrdiff_t>(at);
        const lines part(first, first + static_cast<std::ptrdiff_t>(block.size()));
        if (flush_left(part) == flush_left(block))
            return true;
    }
    return false;
}

struct quotation {
    std::string from; // empty: it does not say
    lines text;
};

// What stands between fences that name a language.
std::vector<quotation> quotations(const lines& guide) {
    const std::string mark = "<!-- from ";
    std::vector<quotation> all;
    std::string from;
    for (std::size_t i = 0; i != guide.size(); ++i) {
        if (guide[i].starts_with(mark))
            from = guide[i].substr(mark.size(), guide[i].find(" -->") - mark.size());
        if (!guide[i].starts_with("```"))
            continue;
        quotation q{std::exchange(from, {}), {}};
        for (++i; i != guide.size() && guide[i] != "```"; ++i)
            q.text.push_back(guide[i]);
        all.push_back(std::move(q));
    }
    return all;
}

class guide_app : public server_process {
  public:
    explicit guide_app(const std::string& folder = ".")
        : server_process({RINGLET_GUIDE_APP, folder}) {}
};

} // namespace

TEST_CASE("the guide quotes what is compiled") {
    const auto all = quotations(lines_of("docs/handlers.md"));
    for (const quotation& q : all) {
        INFO("the block that begins with: " << (q.text.empty() ? "" : q.text.front()));
        CHECK_FALSE(q.from.empty());
        if (!q.from.empty()) {
            CAPTURE(q.from);
            CHECK(contains(lines_of(q.from), q.text));
        }
    }
    CHECK(all.size() > 20);
}

TEST_CASE("the guide names every package that a build needs") {
    std::string guide;
    for (const std::string& line : lines_of("docs/handlers.md"))
        guide += line + ' ';
    std::string setup;
    for (const std::string& line : lines_of("tools/lib/setup.sh"))
        setup += line + ' ';
    const std::string mark = "build_packages=(";
    const std::size_t from = setup.find(mark) + mark.size();
    std::istringstream packages(setup.substr(from, setup.find(')', from) - from));
    std::size_t count = 0;
    for (std::string package; packages >> package; ++count) {
        if (package == "catch2" || package == "ccache")
            continue; // for the tests, and for who builds often
        CAPTURE(package);
        CHECK(guide.find(' ' + package + ' ') != guide.npos);
    }
    CHECK(count > 5);
}

TEST_CASE("the guide's routes lead where it says") {
    const guide_app app;
    const std::uint16_t port = app.port();
    CHECK(get(port, "/").body() == "<h1>Home</h1>\n");
    CHECK(get(port, "/users/7").body() == "user 7\n");
    CHECK(get(port, "/users/me").body() == "you\n");
    CHECK(get(port, "/users/x").result_int() == 400);
    CHECK(get(port, "/wiki/a/b").body() == "page a/b\n");
    CHECK(get(port, "/members/hello").result_int() == 403);
    CHECK(get(port, "/members/hello", {{"Cookie", "name=Ann"}}).body() == "hello, Ann\n");
}

TEST_CASE("the guide's handlers see what was asked") {
    const guide_app app;
    const std::uint16_t port = app.port();
    const header_list fields{{"User-Agent", "a test"}, {"Cookie", "language=eo"}};
    CHECK(get(port, "/search?q=a%20b&page=2", fields).body() ==
          "a b, page 2 for 127.0.0.1 with a test in eo\n");
    CHECK(get(port, "/search").result_int() == 400);
    CHECK(get(port, "/search?q=a&page=x").result_int() == 400);
    const content form{"application/x-www-form-urlencoded", "name=Ann+B"};
    CHECK(exchange(port, verb::post, "/sign-up", form).body() == "welcome, Ann B\n");
    const content none{"application/x-www-form-urlencoded", ""};
    CHECK(exchange(port, verb::post, "/sign-up", none).result_int() == 400);
    const content large{"", std::string(5'000'000, 'x')};
    CHECK(exchange(port, verb::put, "/count", large).body() == "5000000\n");
}

TEST_CASE("the guide's handlers answer in all ways") {
    const temporary_folder folder;
    folder.write("a.txt", "a file");
    const guide_app app(folder.path().string());
    const std::uint16_t port = app.port();
    const auto report = get(port, "/report");
    CHECK(field_of(report, "Cache-Control") == "max-age=60");
    CHECK(field_of(report, "Set-Cookie") == "seen=report; Path=/; HttpOnly");
    CHECK_FALSE(field_of(report, "X-Took-Ms").empty());
    CHECK(get(port, "/report?old").result_int() == 308);
    const auto file = get(port, "/download/a.txt");
    CHECK(file.body() == "a file");
    CHECK(field_of(file, "Content-Disposition") == "attachment");
    CHECK(get(port, "/download/..%2Fetc/passwd").result_int() >= 400);
    CHECK(get(port, "/launch").body() == "3\n2\n1\n");
    CHECK(get(port, "/static/a.txt").body() == "a file");
}

TEST_CASE("a client that goes away ends the guide's handler") {
    const guide_app app;
    const auto seats = [&app] { return get(app.port(), "/seats").body(); };
    raw_client impatient(app.port());
    impatient.send(request_text("/news"));
    CHECK(eventually([&] { return seats() == "1 taken\n"; }));
    impatient.close();
    CHECK(eventually([&] { return seats() == "0 taken\n"; }));
    CHECK(get(app.port(), "/listens/" + std::to_string(app.port())).body() == "it listens\n");
    const std::size_t open_before = app.open_descriptors();
    raw_client hopeful(app.port());
    hopeful.send(request_text("/listens/1"));
    hopeful.close();
    CHECK(app.back_to(open_before));
}

} // namespace ringlet::testing

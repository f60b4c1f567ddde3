// Clients that are gone, or have ended their half, at every stage of a connection. Those that leave
// while a handler runs are in cancel_test.cpp.
#include "e2e/api_app.hpp"

#include <functional>
#include <vector>

namespace ringlet::testing {
namespace {

constexpr int clients_at_once = 30;
constexpr int window_bytes = 64 * 1024;
constexpr std::size_t large_bytes = 10 << 20; // far more than the kernel takes from the server

// A moment in the life of a connection, and how to get there.
struct stage {
    const char* name;
    std::function<void(raw_client&)> reach;
};

const std::string large = request_text("/both/large.bin");
const std::string small = request_text("/both/small.bin");

std::string repeated(const std::string& text, int times) {
    std::string all;
    for (int i = 0; i < times; ++i)
        all += text;
    return all;
}

const std::vector<stage> stages{
    {"after connect", [](raw_client&) {}},
    {"in the head", [](raw_client& c) { c.send("GET /both/small.bin HTTP/1.1\r\nHo"); }},
    {"after the head", [](raw_client& c) { c.send(small); }},
    {"after the head of a handler's request",
     [](raw_client& c) { c.send(request_text("/stream/1000")); }},
    {"in the content",
     [](raw_client& c) {
         c.send(request_text("/pieces", "Content-Length: 1000000\r\n", "POST") +
                std::string(300'000, 'x'));
     }},
    {"in a chunk of the content",
     [](raw_client& c) {
         c.send(request_text("/pieces", "Transfer-Encoding: chunked\r\n", "POST") +
                "ffff\r\nnot all of it");
     }},
    {"before the content that was asked for",
     [](raw_client& c) {
         c.send(request_text("/pieces", "Content-Length: 10\r\nExpect: 100-continue\r\n", "POST"))
             .wait_for_bytes(1);
     }},
    {"in a large answer", [](raw_client& c) { c.send(large).wait_for_bytes(200'000); }},
    {"in an answer of several parts",
     [](raw_client& c) {
         c.send(request_text("/both/large.bin", "Range: bytes=0-9999999,10000100-\r\n"))
             .wait_for_bytes(200'000);
     }},
    {"in a chunked stream",
     [](raw_client& c) { c.send(request_text("/stream/large/8000000")).wait_for_bytes(10'000); }},
    {"in events", [](raw_client& c) { c.send(request_text("/events")).wait_for_bytes(100); }},
    {"in the middle of a pipelined batch",
     [](raw_client& c) {
         c.send(repeated(small, 300) + large + repeated(small, 20)).wait_for_bytes(1000);
     }},
    {"while idle",
     [](raw_client& c) {
         const auto a = c.send(small).read_answer();
         REQUIRE(a);
         REQUIRE(a->complete);
     }},
    {"while the server waits for the end",
     [](raw_client& c) {
         const auto a =
             c.send(request_text("/both/small.bin", "Content-Length: 9000000\r\n", "DELETE"))
                 .read_answer();
         REQUIRE(a);
         REQUIRE(a->field("Connection") == "close");
     }},
};

struct kill_site {
    kill_site() {
        folder.write("large.bin", pattern(large_bytes));
        folder.write("small.bin", pattern(1000));
        check_serves();
    }

    void check_serves() {
        const answer a = ask(server.port(), "/both/small.bin");
        CHECK(a.status == 200);
        CHECK((a.body == pattern(1000)));
    }

    void check_nothing_is_left() {
        check_serves();
        CHECK(server.back_to(descriptors));
        CHECK(server.open_descriptors() == descriptors);
        CHECK(server.err().text().find("error") == std::string::npos);
    }

    std::vector<raw_client> reach(const stage& s) {
        std::vector<raw_client> clients;
        for (int i = 0; i < clients_at_once; ++i)
            s.reach(clients.emplace_back(server.port(), window_bytes));
        return clients;
    }

    temporary_folder folder;
    server_process server{{RINGLET_API_APP, folder.path().string()}};
    std::size_t descriptors = server.open_descriptors();
};

} // namespace

TEST_CASE("clients that reset their connection at any stage leave nothing behind") {
    kill_site site;
    for (const stage& s : stages) {
        CAPTURE(s.name);
        for (raw_client& client : site.reach(s))
            client.reset();
        site.check_nothing_is_left();
    }
}

TEST_CASE("clients that close their connection at any stage leave nothing behind") {
    kill_site site;
    for (const stage& s : stages) {
        CAPTURE(s.name);
        for (raw_client& client : site.reach(s))
            client.close();
        site.check_nothing_is_left();
    }
}

TEST_CASE("the server closes for clients that have ended their half at any stage") {
    kill_site site;
    for (const stage& s : stages) {
        CAPTURE(s.name);
        std::vector<raw_client> clients = site.reach(s);
        for (raw_client& client : clients)
            client.end_sending();
        for (raw_client& client : clients)
            CHECK_NOTHROW(client.read_rest()); // throws when the server does not close
        site.check_nothing_is_left();
    }
}

TEST_CASE("what was asked for before the client has ended its half is answered whole") {
    kill_site site;
    raw_client client(site.server.port(), window_bytes);
    client.send(repeated(small, 100) + large + small).wait_for_bytes(1000);
    client.end_sending();
    for (int i = 0; i < 102; ++i) {
        const auto a = client.read_answer();
        REQUIRE(a);
        CHECK((a->body == pattern(i == 100 ? large_bytes : 1000)));
    }
    CHECK(client.at_end());
    client.close();
    site.check_nothing_is_left();
}

TEST_CASE(
    "clients that have ended their half and do not read hold up nobody, and get all in the end") {
    kill_site site;
    std::vector<raw_client> clients;
    for (int i = 0; i < clients_at_once; ++i)
        clients.emplace_back(site.server.port(), window_bytes).send(large).wait_for_bytes(200'000);
    for (raw_client& client : clients)
        client.end_sending();
    const std::string content = pattern(large_bytes);
    while (!clients.empty()) { // the last one first: the others wait for it
        const auto a = clients.back().read_answer();
        REQUIRE(a);
        CHECK((a->body == content));
        CHECK(clients.back().at_end());
        clients.pop_back();
    }
    site.check_nothing_is_left();
}

TEST_CASE("clients that reset their connection between two others' requests disturb neither") {
    kill_site site;
    raw_client kept(site.server.port());
    for (const stage& s : stages) {
        CAPTURE(s.name);
        std::vector<raw_client> clients = site.reach(s);
        raw_client downloading(site.server.port(), window_bytes);
        downloading.send(large).wait_for_bytes(1000);
        for (raw_client& client : clients)
            client.reset();
        const auto next = kept.send(small).read_answer();
        REQUIRE(next);
        CHECK((next->body == pattern(1000)));
        const auto whole = downloading.read_answer();
        REQUIRE(whole);
        CHECK((whole->body == pattern(large_bytes)));
    }
    kept.close();
    site.check_nothing_is_left();
}

} // namespace ringlet::testing

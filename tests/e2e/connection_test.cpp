// How long a connection lives, and what comes over it in which order.
#include "e2e/site.hpp"
#include "support/raw_client.hpp"
#include "support/server_process.hpp"

namespace ringlet::testing {

TEST_CASE("a connection is kept as version and Connection ask for") {
    const test_site site;
    const server_process server(serve(site.path()));
    struct expectation {
        const char* head;
        bool kept;
    };
    const expectation all[] = {
        {"GET /one.txt HTTP/1.1\r\nHost: a\r\n\r\n", true},
        {"GET /one.txt HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", false},
        {"GET /one.txt HTTP/1.1\r\nHost: a\r\nConnection: Keep-Alive, CLOSE\r\n\r\n", false},
        {"GET /one.txt HTTP/1.0\r\n\r\n", false},
        {"GET /one.txt HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", true},
    };
    for (const expectation& e : all) {
        CAPTURE(e.head);
        raw_client client(server.port());
        const auto first = client.send(e.head).read_answer();
        REQUIRE(first);
        CHECK(first->status == 200);
        CHECK(first->body == site["one.txt"]);
        if (!e.kept) {
            CHECK(first->field("Connection") == "close");
            CHECK(client.at_end());
            continue;
        }
        CHECK(first->field("Connection") != "close");
        const auto second = client.send(request_text("/index.html")).read_answer();
        REQUIRE(second);
        CHECK(second->body == site["index.html"]);
    }
}

TEST_CASE("all complete requests of one receive are answered by one send") {
    const test_site site;
    const server_process server(serve(site.path()));
    raw_client client(server.port());
    std::string requests;
    for (int i = 0; i < 20; ++i)
        requests += request_text("/one.txt");
    // Over the loopback, what is sent by one call is there by one call.
    const std::string answers = client.send(requests).read_once();
    std::size_t count = 0;
    for (std::size_t at = 0; (at = answers.find("HTTP/1.1 200", at)) != answers.npos; ++at)
        ++count;
    CHECK(count == 20);
}

TEST_CASE("a thousand requests in one write are answered in their order") {
    const test_site site;
    server_process server(serve(site.path()));
    const std::size_t before = server.open_descriptors();
    const char* names[] = {"one.txt", "index.html", "empty.txt", "edge-16-1.bin", "missing"};
    std::string requests;
    for (int i = 0; i < 1000; ++i)
        requests += request_text('/' + std::string(names[i % 5]));
    raw_client client(server.port());
    std::jthread writer([&] { client.send(requests); });
    for (int i = 0; i < 1000; ++i) {
        const std::string name = names[i % 5];
        const auto a = client.read_answer();
        REQUIRE(a);
        if (name == "missing")
            REQUIRE(a->status == 404);
        else
            REQUIRE((a->status == 200 && a->body == site[name]));
    }
    writer.join();
    client.close();
    CHECK(server.back_to(before));
}

TEST_CASE("large files can be pipelined to a client that reads late") {
    const test_site site;
    server_process server(serve(site.path(), {"--workers", "1"}));
    raw_client client(server.port());
    std::string requests;
    for (int i = 0; i < 20; ++i)
        requests += request_text("/photo.png") + request_text("/one.txt");
    client.send(requests);
    CHECK(ask(server.port(), "/one.txt").status == 200); // others are served meanwhile
    for (int i = 0; i < 20; ++i) {
        const auto large = client.read_answer();
        const auto small = client.read_answer();
        REQUIRE(large);
        REQUIRE(small);
        CHECK((large->body == site["photo.png"]));
        CHECK(small->body == site["one.txt"]);
    }
}

TEST_CASE("a request may come byte by byte") {
    const test_site site;
    const server_process server(serve(site.path()));
    raw_client client(server.port());
    const int on = 1;
    ::setsockopt(client.fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    for (int i = 0; i < 3; ++i) {
        for (const char c : request_text("/index.html", "X-Filler: something\r\n"))
            client.send({&c, 1});
        const auto a = client.read_answer();
        REQUIRE(a);
        CHECK(a->body == site["index.html"]);
    }
}

TEST_CASE("requests may be cut anywhere") {
    const test_site site;
    const server_process server(serve(site.path()));
    raw_client client(server.port());
    const std::string two = request_text("/one.txt") + request_text("/index.html");
    for (std::size_t cut = 1; cut < two.size(); ++cut) {
        client.send(two.substr(0, cut));
        client.send(two.substr(cut));
        const auto first = client.read_answer();
        const auto second = client.read_answer();
        REQUIRE(first);
        REQUIRE(second);
        REQUIRE(first->body == site["one.txt"]);
        REQUIRE(second->body == site["index.html"]);
    }
}

TEST_CASE("a client that has ended its half still gets its answers") {
    const test_site site;
    server_process server(serve(site.path()));
    const std::size_t before = server.open_descriptors();
    raw_client client(server.port());
    client.send(request_text("/photo.png") + request_text("/one.txt"));
    client.end_sending();
    const auto large = client.read_answer();
    const auto small = client.read_answer();
    REQUIRE(large);
    REQUIRE(small);
    CHECK((large->body == site["photo.png"]));
    CHECK(small->body == site["one.txt"]);
    CHECK(client.at_end());
    CHECK(server.back_to(before));
}

TEST_CASE("content that nobody wants is skipped when it is small") {
    const test_site site;
    const server_process server(serve(site.path()));
    for (const std::size_t size :
         {std::size_t{0}, std::size_t{1}, std::size_t{5000}, std::size_t{200'000}}) {
        CAPTURE(size);
        const std::string body(size, 'b');
        raw_client client(server.port());
        client.send(request_text("/", "Content-Length: " + std::to_string(size) + "\r\n", "POST"));
        client.send(body + request_text("/one.txt"));
        const auto refused = client.read_answer();
        const auto next = client.read_answer();
        REQUIRE(refused);
        REQUIRE(next);
        CHECK(refused->status == 405);
        CHECK(next->body == site["one.txt"]);
    }
    SECTION("chunked, with extensions and a trailer") {
        raw_client client(server.port());
        client.send(request_text("/", "Transfer-Encoding: chunked\r\n", "POST"));
        for (int i = 0; i < 1000; ++i)
            client.send("5;ext=1\r\nhello\r\n");
        client.send("0\r\nTrailer: x\r\n\r\n" + request_text("/one.txt"));
        const auto refused = client.read_answer();
        const auto next = client.read_answer();
        REQUIRE(refused);
        REQUIRE(next);
        CHECK(refused->status == 405);
        CHECK(next->body == site["one.txt"]);
    }
    SECTION("with a GET") {
        raw_client client(server.port());
        client.send(request_text("/index.html", "Content-Length: 3\r\n") + "abc" +
                    request_text("/one.txt"));
        const auto first = client.read_answer();
        const auto next = client.read_answer();
        REQUIRE(first);
        REQUIRE(next);
        CHECK(first->body == site["index.html"]);
        CHECK(next->body == site["one.txt"]);
    }
}

TEST_CASE("content that comes after the last answer is no reason for a reset") {
    const test_site site;
    const server_process server(serve(site.path()));
    raw_client client(server.port());
    client.send(request_text("/one.txt", "Connection: close\r\nContent-Length: 2\r\n"));
    const auto a = client.read_answer();
    REQUIRE(a);
    CHECK(a->status == 200);
    CHECK(client.at_end());
    client.send("1"); // a closed connection would be reset by this
    client.send("2"); // and this would fail
}

TEST_CASE("the last answer is whole for a client that sends on while it reads") {
    const test_site site;
    server_process server(serve(site.path()));
    for (const char* version : {"HTTP/1.1", "HTTP/1.0"}) {
        raw_client client(server.port());
        client.send("GET /photo.png " + std::string(version) +
                    "\r\nHost: a\r\nConnection: close\r\n\r\n");
        std::string got;
        for (std::string part; !(part = client.read_once()).empty(); got += part)
            client.offer("\r\n");
        REQUIRE(got.size() > site["photo.png"].size());
        CHECK((got.substr(got.find("\r\n\r\n") + 4) == site["photo.png"]));
    }
}

TEST_CASE("a client that sends all of its content first gets its answer") {
    const test_site site;
    server_process server(serve(site.path()));
    const std::size_t before = server.open_descriptors();
    {
        raw_client client(server.port());
        client.send(request_text("/", "Content-Length: 30000000\r\n", "POST"));
        client.send(std::string(30'000'000, 'b'));
        const auto a = client.read_answer();
        REQUIRE(a);
        CHECK(a->status == 405);
        CHECK(a->complete);
        client.end_sending();
        CHECK(client.at_end());
    }
    CHECK(server.back_to(before));
}

TEST_CASE("content that is too large ends the connection after the answer") {
    const test_site site;
    server_process server(serve(site.path()));
    const std::size_t before = server.open_descriptors();
    {
        raw_client client(server.port());
        client.send(request_text("/", "Content-Length: 100000000\r\n", "POST"));
        client.offer(
            std::string(100'000, 'b')); // the answer arrives although more was sent than is read
        const auto a = client.read_answer();
        REQUIRE(a);
        CHECK(a->status == 405);
        CHECK(a->field("Connection") == "close");
    }
    {
        raw_client client(server.port());
        client.send(request_text("/", "Transfer-Encoding: chunked\r\n", "POST"));
        const auto a = client.read_answer();
        REQUIRE(a);
        CHECK(a->status == 405);
        client.offer("ffffff\r\n");
        client.offer(std::string(0xffffff, 'b'));
        CHECK(client.at_end());
    }
    {
        raw_client client(server.port());
        client.send(request_text("/", "Content-Length: 5\r\nExpect: 100-continue\r\n", "POST"));
        const auto a = client.read_answer();
        REQUIRE(a);
        CHECK(a->status == 405);
        CHECK(client.at_end());
    }
    CHECK(server.back_to(before));
}

} // namespace ringlet::testing

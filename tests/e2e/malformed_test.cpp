// Clients that err, lie, flood and go away.
#include "e2e/site.hpp"
#include "support/raw_client.hpp"
#include "support/server_process.hpp"

#include <random>

namespace ringlet::testing {
namespace {

// The status of the one answer, after which the server must close.
unsigned refused_with(std::uint16_t port, const std::string& bytes) {
    raw_client client(port);
    client.offer(bytes);
    const auto a = client.read_answer();
    if (!a)
        return 0;
    CHECK(a->field("Connection") == "close");
    CHECK(client.read_rest().empty());
    return a->status;
}

} // namespace

TEST_CASE("malformed requests are 400 and the connection is closed") {
    const test_site site;
    server_process server(serve(site.path()));
    const std::size_t before = server.open_descriptors();
    using namespace std::string_literals;
    const std::string host = "Host: a\r\n";
    const std::string line = "GET / HTTP/1.1\r\n";
    const std::string all[] = {
        "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"s, // TLS
        "garbage\r\n\r\n",
        "GET\r\n\r\n",
        "GET /\r\n\r\n",
        "GET / HTTP/1.1\nHost: a\n\n",
        "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1 \r\n" + host + "\r\n",
        "GET  / HTTP/1.1\r\n" + host + "\r\n",
        "GET relative HTTP/1.1\r\n" + host + "\r\n",
        "GET /a b HTTP/1.1\r\n" + host + "\r\n",
        "GET /#fragment HTTP/1.1\r\n" + host + "\r\n",
        "GET /\xff HTTP/1.1\r\n" + host + "\r\n",
        "GET http:///x HTTP/1.1\r\n" + host + "\r\n",
        "GET http://u@h/x HTTP/1.1\r\n" + host + "\r\n",
        "GET / http/1.1\r\n" + host + "\r\n",
        line + host + host + "\r\n",
        line + "Host: a b\r\n\r\n",
        line + "Host: a/b\r\n\r\n",
        line + host + "Name : v\r\n\r\n",
        line + host + "Name\r\n\r\n",
        line + host + " folded: v\r\n\r\n",
        line + host + "A: b\r\n folded\r\n\r\n",
        line + host + "A: b\rc\r\n\r\n",
        line + host + "A: b\nC: d\r\n\r\n",
        line + host + "A: b\0c\r\n\r\n"s,
        line + host + "Content-Length: -1\r\n\r\n",
        line + host + "Content-Length: +1\r\n\r\n",
        line + host + "Content-Length: 1, 1\r\n\r\n",
        line + host + "Content-Length: 0x1\r\n\r\n",
        line + host + "Content-Length: 99999999999999999999\r\n\r\n",
        line + host + "Content-Length: 1\r\nContent-Length: 2\r\n\r\n",
        line + host + "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        line + host + "Transfer-Encoding: gzip\r\n\r\n",
        line + host + "Transfer-Encoding: chunked, chunked\r\n\r\n",
        line + host + "Transfer-Encoding: chunked, gzip\r\n\r\n",
        "GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
    };
    for (const std::string& bytes : all) {
        CAPTURE(bytes);
        CHECK(refused_with(server.port(), bytes) == 400);
    }
    CHECK(server.back_to(before));
    CHECK(ask(server.port(), "/").status == 200);
}

TEST_CASE("what is too long or unknown has a status of its own") {
    const test_site site;
    server_process server(serve(site.path()));
    const std::size_t before = server.open_descriptors();
    const std::string host = "Host: a\r\n";
    const auto status = [&](const std::string& bytes) {
        return refused_with(server.port(), bytes);
    };
    CHECK(status("GET /" + std::string(10'000, 'a') + " HTTP/1.1\r\n" + host + "\r\n") == 414);
    CHECK(status("GET /" + std::string(100'000, 'a')) == 414); // without an end
    CHECK(status("GET / HTTP/1.1\r\n" + host + "A: " + std::string(40'000, 'a') + "\r\n\r\n") ==
          431);
    CHECK(status("GET / HTTP/1.1\r\n" + host + "A: " + std::string(1'000'000, 'a')) == 431);
    std::string many = "GET / HTTP/1.1\r\n" + host;
    for (int i = 0; i < 200; ++i)
        many += "A" + std::to_string(i) + ": b\r\n";
    CHECK(status(many + "\r\n") == 431);
    CHECK(status("GET / HTTP/2.0\r\n" + host + "\r\n") == 505);
    CHECK(status("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n") == 505);
    CHECK(status(std::string(100, 'M') + " / HTTP/1.1\r\n" + host + "\r\n") == 501);
    CHECK(status(std::string(1000, 'M')) == 501);
    CHECK(server.back_to(before));
}

TEST_CASE("requests before a malformed one are answered first") {
    const test_site site;
    const server_process server(serve(site.path()));
    raw_client client(server.port());
    client.send(request_text("/one.txt") + request_text("/photo.png") + "garbage\r\n\r\n" +
                request_text("/one.txt"));
    const auto small = client.read_answer();
    const auto large = client.read_answer();
    const auto refused = client.read_answer();
    REQUIRE(small);
    REQUIRE(large);
    REQUIRE(refused);
    CHECK(small->status == 200);
    CHECK((large->body == site["photo.png"]));
    CHECK(refused->status == 400);
    CHECK(client.at_end());
}

TEST_CASE("malformed chunks end the connection and never become a request") {
    const test_site site;
    server_process server(serve(site.path()));
    const std::size_t before = server.open_descriptors();
    for (const char* chunks :
         {"zz\r\n", "-1\r\n", "5\nhello\r\n", "5\r\nhelloX\r\n", "ffffffffffffffffff\r\n",
          "0\r\nbad trailer\r\n\r\n", "5\r\nhello\r\n0\r\n\n"}) {
        CAPTURE(chunks);
        raw_client client(server.port());
        client.offer(request_text("/", "Transfer-Encoding: chunked\r\n", "POST"));
        client.offer(chunks + request_text("/one.txt"));
        const auto refused = client.read_answer();
        REQUIRE(refused);
        CHECK(client.read_rest().empty());
    }
    CHECK(server.back_to(before));
}

TEST_CASE("floods of garbage leave the server as it was") {
    const test_site site;
    server_process server(serve(site.path()));
    const std::size_t before = server.open_descriptors();
    std::mt19937 random(1);
    const std::string noise = pattern(2 << 20);
    const std::string valid =
        request_text("/index.html", "Accept-Encoding: br\r\nRange: bytes=0-5\r\n");
    for (int i = 0; i < 300; ++i) {
        raw_client client(server.port());
        if (i % 3 == 0) {
            client.offer(std::string_view(noise).substr(random() % 1000, 1 + random() % 100'000));
        } else { // a request with a few bytes changed
            std::string bytes;
            for (int n = 0; n < 5; ++n)
                bytes += valid;
            for (int n = 0; n < 3; ++n)
                bytes[random() % bytes.size()] = static_cast<char>(random());
            client.offer(bytes);
            client.end_sending();
            const std::string answers = client.read_rest();
            if (!answers.empty())
                CHECK(answers.starts_with("HTTP/1.1 "));
        }
        if (i % 2 == 0)
            client.reset();
    }
    CHECK(server.back_to(before));
    CHECK(ask(server.port(), "/").status == 200);
}

TEST_CASE("clients that go away at any stage leave nothing behind") {
    const test_site site;
    server_process server(serve(site.path()));
    const std::size_t before = server.open_descriptors();
    const std::string small = request_text("/index.html");
    const std::string large = request_text("/photo.png");
    for (const bool reset : {true, false}) {
        std::vector<raw_client> clients;
        const auto leave = [reset](raw_client& c) { reset ? c.reset() : c.close(); };
        for (std::size_t cut = 0; cut <= small.size(); cut += 3) { // within the head
            raw_client c(server.port());
            c.send(small.substr(0, cut));
            leave(c);
        }
        for (int i = 0; i < 50; ++i) {
            raw_client at_once(server.port());
            leave(at_once);

            raw_client unread(server.port()); // with the answer on its way
            unread.send(small + small + large + small);
            leave(unread);

            raw_client midway(server.port()); // in the middle of a large one
            midway.send(large + large);
            midway.read_once();
            leave(midway);

            raw_client idle(server.port());
            idle.send(small).read_answer();
            leave(idle);

            raw_client body(server.port()); // in the middle of its own content
            body.send(request_text("/", "Content-Length: 1000\r\n", "POST") + "abc");
            body.read_answer();
            leave(body);

            raw_client half(server.port());
            half.send(large);
            half.end_sending();
            leave(half);
        }
    }
    CHECK(server.back_to(before));
    CHECK(ask(server.port(), "/photo.png").complete);
}

TEST_CASE("a server without free descriptors recovers") {
    const test_site site;
    // More connections than descriptors: else it depends on who is faster whether they run out.
    server_process server(serve(site.path(), {"--workers", "1", "--connections", "1000",
                                              "--connections-per-client", "1000"}),
                          [] { limit_open_files(60); });
    const std::size_t before = server.open_descriptors();
    std::vector<raw_client> clients;
    for (int i = 0; i < 100; ++i)
        clients.emplace_back(server.port());
    server.expect_printed("cannot accept");
    for (raw_client& c : clients)
        c.offer(request_text("/one.txt"));
    // Those that were accepted are answered, if only with 503; the others wait their turn.
    const auto first = clients[0].read_answer();
    REQUIRE(first);
    const bool answered = first->status == 200 || first->status == 503;
    CHECK(answered);
    clients.clear();
    // Until those that wait have been accepted and found gone, a new client may be turned away.
    CHECK(eventually([&] {
        raw_client late(server.port());
        late.offer(request_text("/photo.png"));
        const auto a = late.read_answer();
        return a && a->status == 200 && a->complete;
    }));
    CHECK(server.back_to(before));
}

} // namespace ringlet::testing

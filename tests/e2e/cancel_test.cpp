// A client that goes away ends its handler, whatever that waits for.
#include "support/raw_client.hpp"
#include "support/server_process.hpp"

#include <sstream>
#include <vector>

namespace ringlet::testing {
namespace {

// Listens, and takes no more connections in: the queue is full.
struct full_listener : listening {
    full_listener() : listening(0) {
        for (int i = 0; i < 4; ++i) {
            waiting.emplace_back(checked(
                ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "socket"));
            const sockaddr_in to = loopback_address(port);
            ::connect(waiting.back().get(), reinterpret_cast<const sockaddr*>(&to), sizeof to);
        }
    }
    std::vector<unique_fd> waiting;
};

struct counts {
    int entered = 0, ended = 0, working = 0, stopped = 0, sent = 0;
};

struct cancel_app {
    counts count() const {
        counts c;
        std::istringstream(ask(server.port(), "/count").body) >> c.entered >> c.ended >>
            c.working >> c.stopped >> c.sent;
        return c;
    }

    static void ask_for(const std::string& path, raw_client& client) {
        std::string method = "GET", fields;
        if (path.ends_with("/content")) {
            method = "POST";
            fields = "Content-Length: 10\r\n";
        } else if (path.find("/websocket") != path.npos || path == "/in/push") {
            fields = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                     "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
        }
        client.send(request_text(path, fields, method));
    }

    // Has a client ask for `path`, leave once its handler waits, and waits until all who entered
    // have left.
    void leave_during(const std::string& path, bool reset) {
        const counts before = count();
        const std::size_t open_before = server.open_descriptors();
        raw_client client(server.port());
        ask_for(path, client);
        CHECK(eventually([&] {
            const counts now = count();
            return now.entered > before.entered &&
                   (path != "/in/offload" || now.working > before.working);
        }));
        reset ? client.reset() : client.close();
        CHECK(eventually([&] {
            const counts now = count();
            return now.entered == now.ended;
        }));
        if (!server.back_to(open_before))
            FAIL("descriptors: " + std::to_string(open_before) + " before, " +
                 std::to_string(server.open_descriptors()) + " now, after " + path);
    }

    listening nobody;
    full_listener full;
    server_process server{
        {RINGLET_CANCEL_APP, std::to_string(nobody.port), std::to_string(full.port)}};
};

} // namespace

TEST_CASE("a client that goes away ends what its handler waits for") {
    cancel_app app;
    // Asio opens descriptors of its own the first time.
    raw_client(app.server.port()).send(request_text("/in/timer"));
    CHECK(eventually([&] { return app.count().ended == 1; }));
    for (const char* path : {"/in/sleep", "/in/timer", "/in/either", "/in/content", "/in/connect",
                             "/in/upstream-read", "/in/upstream-write", "/in/stream", "/in/events",
                             "/in/websocket", "/in/push", "/in/denial", "/in/middleware"})
        for (const bool reset : {false, true}) {
            CAPTURE(path, reset);
            app.leave_during(path, reset);
        }
    CHECK(app.count().stopped == 0);
}

TEST_CASE("a client that goes away is missed however much it has sent that nobody reads") {
    cancel_app app;
    for (const std::size_t bytes : {20'000, 40'000, 100'000, 1'000'000})
        for (const bool reset : {false, true}) {
            CAPTURE(bytes, reset);
            if (bytes == 1'000'000 && !reset)
                continue; // the end of the stream would wait behind bytes with the client's system
            const counts before = app.count();
            raw_client client(app.server.port());
            client.send(
                request_text("/in/sleep", "Content-Length: " + std::to_string(bytes) + "\r\n"));
            CHECK(eventually([&] { return app.count().entered > before.entered; }));
            const std::string content(bytes, 'x');
            ::send(client.fd(), content.data(), content.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
            reset ? client.reset() : client.close();
            CHECK(eventually([&] { return app.count().ended > before.ended; }));
        }
}

TEST_CASE("a client that goes away has offloaded work asked to stop") {
    cancel_app app;
    app.leave_during("/in/offload", false);
    app.leave_during("/in/offload", true);
    CHECK(app.count().stopped == 2);
}

TEST_CASE("a handler that catches its cancellation and tries again for ever holds up nobody") {
    cancel_app app;
    int entered = 0;
    for (const char* path : {"/retry/sleep", "/retry/deadline", "/retry/content", "/retry/events",
                             "/retry/websocket"}) {
        CAPTURE(path);
        raw_client client(app.server.port());
        app.ask_for(path, client);
        ++entered;
        CHECK(eventually([&] { return app.count().entered == entered; }));
        client.close();
    }
    for (int i = 0; i < 100; ++i)
        CHECK(app.count().ended == 0);
}

TEST_CASE("events that pour out as fast as the client reads end with the server") {
    cancel_app app;
    raw_client client(app.server.port());
    client.send(request_text("/in/pour"));
    client.read_once();
    app.server.signal(SIGTERM);
    CHECK(client.read_rest().ends_with("0\r\n\r\n"));
    app.server.expect_exit(0);
    CHECK(app.server.err().text().find("did not finish in time") == std::string::npos);
}

namespace {

// Has it pour out events until it waits for the client.
raw_client reader_that_waits(const cancel_app& app) {
    raw_client client(app.server.port(), 4096);
    client.send(request_text("/in/pour"));
    int sent = 0;
    CHECK(eventually([&] {
        const int before = std::exchange(sent, app.count().sent);
        return sent != 0 && sent == before;
    }));
    return client;
}

} // namespace

TEST_CASE("an event that waits for its reader when the server ends is sent whole") {
    cancel_app app;
    raw_client client = reader_that_waits(app);
    app.server.signal(SIGTERM);
    app.server.expect_printed("finishing");
    CHECK(client.read_rest().ends_with("\n\n\r\n0\r\n\r\n"));
    app.server.expect_exit(0);
    CHECK(app.server.err().text().find("did not finish in time") == std::string::npos);
}

TEST_CASE("an event that nobody reads does not hold up the end of the server") {
    cancel_app app;
    const raw_client client = reader_that_waits(app);
    app.server.signal(SIGTERM);
    app.server.expect_exit(0);
    CHECK(app.server.err().text().find("did not finish in time") == std::string::npos);
}

TEST_CASE("the second request of a connection is cancelled like the first") {
    cancel_app app;
    const counts before = app.count();
    raw_client client(app.server.port());
    client.send(request_text("/count")).read_answer();
    client.send(request_text("/in/sleep"));
    CHECK(eventually([&] { return app.count().entered > before.entered; }));
    client.close();
    CHECK(eventually([&] { return app.count().ended > before.ended; }));
}

TEST_CASE("a client that ends its own side only gets the answers there are") {
    cancel_app app;
    raw_client client(app.server.port());
    client.send(request_text("/count") + request_text("/in/sleep"));
    client.end_sending();
    const auto first = client.read_answer();
    REQUIRE(first);
    CHECK(first->complete);
    CHECK(client.at_end());
}

TEST_CASE("a client that sends on while its handler is busy is heard afterwards") {
    cancel_app app;
    raw_client client(app.server.port());
    client.send(request_text("/in/denial"));
    CHECK(eventually([&] { return app.count().entered == 1; }));
    client.send(request_text("/count"));
    CHECK(app.count().ended == 0); // more bytes are no end
    client.close();
    CHECK(eventually([&] { return app.count().ended == 1; }));
}

} // namespace ringlet::testing

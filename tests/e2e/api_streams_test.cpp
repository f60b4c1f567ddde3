// Answers that are written piece by piece, and WebSocket.
#include "e2e/api_app.hpp"
#include "support/websocket_client.hpp"

namespace ringlet::testing {
namespace {

std::string pieces(int n) {
    std::string all;
    for (int i = 0; i < n; ++i)
        all += "piece " + std::to_string(i) + '\n';
    return all;
}

std::string old_request(std::string_view target) {
    return "GET " + std::string(target) + " HTTP/1.0\r\nHost: localhost\r\n\r\n";
}

const std::string handshake = "Connection: Upgrade\r\nUpgrade: websocket\r\n"
                              "Sec-WebSocket-Version: 13\r\n"
                              "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";

// A frame of a client, masked with zeros (RFC 6455 section 5.2).
std::string frame(char first, const std::string& content) {
    return std::string{first, static_cast<char>(0x80 | content.size()), 0, 0, 0, 0} + content;
}

// Has a session close, and does not answer to that.
raw_client closing_client(const api_app& app) {
    raw_client client(app.server.port());
    REQUIRE(client.send(request_text("/ws", handshake)).read_answer());
    client.send(frame('\x81', "close"));
    CHECK(client.read_once() == "\x88\x02\x03\xe8");
    return client;
}

void wait_for(api_app& app, const std::string& printed) {
    app.server.expect_printed(printed);
}

} // namespace

TEST_CASE("a stream is chunked and the connection kept") {
    const api_app app;
    raw_client client(app.server.port());
    client.send(request_text("/stream/5") + request_text("/stream/0") + request_text("/query"));
    const auto five = client.read_answer();
    REQUIRE(five);
    CHECK(five->complete);
    CHECK(five->body == pieces(5));
    CHECK(five->field("Transfer-Encoding") == "chunked");
    CHECK(five->field("Content-Length").empty());
    const auto none = client.read_answer();
    REQUIRE(none);
    CHECK(none->complete);
    CHECK(none->body.empty());
    REQUIRE(client.read_answer());
}

TEST_CASE("a stream to an HTTP/1.0 client ends with the connection") {
    const api_app app;
    raw_client client(app.server.port());
    client.send(old_request("/stream/3"));
    const auto a = client.read_answer();
    REQUIRE(a);
    CHECK(a->field("Transfer-Encoding").empty());
    CHECK(client.read_rest() == pieces(3));
}

TEST_CASE("HEAD of a stream has its head and no content") {
    const api_app app;
    raw_client client(app.server.port());
    client.send(request_text("/stream/5", {}, "HEAD") + request_text("/query"));
    const auto head = client.read_answer("HEAD");
    REQUIRE(head);
    CHECK(head->field("Transfer-Encoding") == "chunked");
    const auto next = client.read_answer();
    REQUIRE(next);
    CHECK(next->body == "-1 none");
}

TEST_CASE("a large piece arrives whole") {
    const api_app app;
    for (const std::size_t n : {1, 32 * 1024, 32 * 1024 + 1, 1'000'000}) {
        const answer a = app.get("/stream/large/" + std::to_string(n));
        CHECK(a.complete);
        CHECK((a.body == std::string(n, 'L')));
    }
}

TEST_CASE("a stream of known length keeps its promise or breaks off") {
    api_app app;
    raw_client client(app.server.port());
    client.send(request_text("/stream/known/3") + request_text("/stream/known/4"));
    const auto exact = client.read_answer();
    REQUIRE(exact);
    CHECK(exact->field("Content-Length") == "24");
    CHECK(exact->body == pieces(3));
    const auto less = client.read_answer(); // 24 of 32
    REQUIRE(less);
    CHECK_FALSE(less->complete);
    app.server.expect_printed("shorter than was promised");
    raw_client another(app.server.port());
    another.send(request_text("/stream/known/2")); // 24 for 16
    const auto more = another.read_answer();
    REQUIRE(more);
    CHECK(more->body == pieces(2));
    app.server.expect_printed("longer than was promised");
}

TEST_CASE("a stream that fails midway does not look complete") {
    api_app app;
    const answer a = app.get("/stream/failing");
    CHECK(a.status == 200);
    CHECK_FALSE(a.complete);
    CHECK(a.body == "the beginning");
    raw_client old(app.server.port());
    old.send(old_request("/stream/failing"));
    REQUIRE(old.read_answer());
    old.read_rest();
    int error = 0;
    // The end of the connection would be the end of the content: so it is a reset.
    char byte = 0;
    error = ::send(old.fd(), &byte, 1, MSG_NOSIGNAL) < 0 ? errno : 0;
    CHECK((error == EPIPE || error == ECONNRESET));
    app.server.expect_printed("no more to be had");
}

TEST_CASE("a stream that ends with the connection is reset when it is cut off") {
    const api_app app;
    raw_client client(app.server.port());
    client.send(old_request("/stream/1000000"));
    REQUIRE(client.read_answer());
    client.end_sending(); // the client counts as gone
    ssize_t n = 0;
    char part[4096];
    while (wait_for(client.fd(), POLLIN) && (n = ::read(client.fd(), part, sizeof part)) > 0) {
    }
    CHECK((n < 0 && errno == ECONNRESET));
}

TEST_CASE("a second write at the same time is refused and the stream breaks off") {
    api_app app;
    const answer a = app.get("/stream/twice");
    CHECK_FALSE(a.complete);
    CHECK(a.body.find("the second") == a.body.npos);
    app.server.expect_printed("refused: one write at a time");
    app.server.expect_printed("/stream/twice: a stream broke off");
}

TEST_CASE("100 Continue does not come after the answer has begun") {
    const api_app app;
    raw_client client(app.server.port());
    client.send(
        request_text("/stream/late", "Content-Length: 5\r\nExpect: 100-continue\r\n", "POST"));
    std::string got;
    while (got.find("begun ") == got.npos)
        got += client.read_once();
    client.send("hello");
    got += client.read_rest();
    CHECK(got.find("100 Continue") == got.npos);
    CHECK(got.find("5\r\nhello\r\n0\r\n\r\n") != got.npos);
}

TEST_CASE("events are sent as they happen") {
    const api_app app;
    raw_client client(app.server.port());
    client.send(request_text("/events"));
    std::string got;
    while (got.find(": \n\n") == got.npos && got.find(":\n\n") == got.npos)
        got += client.read_once();
    CHECK(got.find("Content-Type: text/event-stream\r\n") != got.npos);
    CHECK(got.find("Cache-Control: no-store\r\n") != got.npos);
    CHECK(got.find("data: one\n\n") != got.npos);
    CHECK(got.find("event: named\n") != got.npos);
    CHECK(got.find("id: 7\n") != got.npos);
    CHECK(got.find("data: two\ndata: lines\n") != got.npos);
}

TEST_CASE("events end in good order with the server") {
    api_app app;
    raw_client client(app.server.port());
    client.send(request_text("/events"));
    std::string got = client.read_once();
    app.server.signal(SIGTERM);
    got += client.read_rest();
    CHECK(got.ends_with("0\r\n\r\n"));
    app.server.expect_exit(0);
}

TEST_CASE("events that begin when the server is ending end with it") {
    api_app app;
    raw_client client(app.server.port());
    client.send(request_text("/events/late"));
    app.get("/query"); // so the other was read as well
    app.server.signal(SIGTERM);
    CHECK(client.read_rest().ends_with("0\r\n\r\n"));
    app.server.expect_exit(0);
}

TEST_CASE("WebSocket messages go both ways") {
    const api_app app;
    websocket_client client(app.server.port(), "/ws");
    client.say("hello");
    CHECK(client.hear() == "hello");
    CHECK(client.heard_text());
    const std::string large(100'000, '\xff');
    client.say(large, false);
    CHECK((client.hear() == large));
    CHECK(!client.heard_text());
    client.ping();
    client.say("after the ping");
    CHECK(client.hear() == "after the ping");
    client.leave();
}

TEST_CASE("the answer to a WebSocket handshake has the fields of the response") {
    const api_app app;
    raw_client client(app.server.port());
    client.send(request_text("/ws/chat", handshake + "Sec-WebSocket-Protocol: soap, chat\r\n"));
    const auto a = client.read_answer();
    REQUIRE(a);
    CHECK(a->status == 101);
    CHECK(a->field("Sec-WebSocket-Protocol") == "chat");
    CHECK(a->field("X-Tag") == "around");
    CHECK(a->head.find("Set-Cookie: a=1\r\nSet-Cookie: b=2\r\n") != a->head.npos);
    CHECK(a->field("Sec-WebSocket-Accept") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="); // RFC 6455, 1.3
    CHECK(a->head.find("nonsense") == a->head.npos);
    CHECK(a->field("Server") == "ringlet");
    CHECK(a->field("Date").ends_with(" GMT"));
    client.send(frame('\x81', "hello"));
    CHECK(client.read_once() == "\x81\x05hello");
}

TEST_CASE("a field that cannot be sent refuses a WebSocket handshake") {
    const api_app app;
    const answer a = app.get("/ws/nonsense", handshake);
    CHECK(a.status == 500);
    CHECK(a.field("X-Two").empty());
}

TEST_CASE("a WebSocket session is closed with a code that says why") {
    api_app app;
    websocket_client returns(app.server.port(), "/ws");
    returns.say("return");
    CHECK(returns.closed_with() == 1000);
    websocket_client fails(app.server.port(), "/ws");
    fails.say("throw");
    CHECK(fails.closed_with() == 1011);
    app.server.expect_printed("the session fails");
    websocket_client too_long(app.server.port(), "/ws");
    too_long.say(std::string(2'000'000, 'x'));
    CHECK(too_long.closed_with() == 1009);
    websocket_client waits(app.server.port(), "/ws");
    waits.say("hello");
    CHECK(waits.hear() == "hello");
    app.server.signal(SIGTERM);
    CHECK(waits.closed_with() == 1001);
    app.server.expect_exit(0);
}

TEST_CASE("a session that is closing when the server ends is not closed a second time") {
    api_app app;
    raw_client client = closing_client(app);
    app.server.signal(SIGTERM);
    wait_for(app, "finishing");
    client.send(frame('\x88', "\x03\xe8"));
    CHECK(client.at_end());
    client.close();
    wait_for(app, "the session has closed");
    app.server.expect_exit(0);
}

TEST_CASE("a session whose close is never answered does not hold up the end of the server") {
    api_app app;
    const raw_client client = closing_client(app);
    app.server.signal(SIGTERM);
    wait_for(app, "the closing was cut short"); // while the server still waits for it
    app.server.expect_exit(0);
    CHECK(app.server.err().text().find("did not finish in time") == std::string::npos);
}

TEST_CASE("a session whose close waits behind a write ends with the server") {
    api_app app;
    raw_client client(app.server.port());
    client.send(request_text("/ws/flood", handshake));
    client.read_once();
    client.send(frame('\x81', "close"));
    wait_for(app, "closing");
    app.server.signal(SIGTERM);
    wait_for(app, "the closing was cut short");
    app.server.expect_exit(0);
    CHECK(app.server.err().text().find("did not finish in time") == std::string::npos);
}

TEST_CASE("a session hears all that its client has said before it left") {
    const api_app app;
    raw_client client(app.server.port());
    REQUIRE(client.send(request_text("/ws", handshake)).read_answer());
    std::string said, heard;
    for (int i = 0; i < 200; ++i) {
        const std::string word = "word " + std::to_string(i);
        said += frame('\x81', word);
        heard += {'\x81', static_cast<char>(word.size())};
        heard += word;
    }
    client.send(said + frame('\x88', "\x03\xe8"));
    client.end_sending();
    CHECK((client.read_rest() == heard + "\x88\x02\x03\xe8"));
}

TEST_CASE("what is no WebSocket handshake is told what is expected") {
    const api_app app;
    const answer a = app.get("/ws");
    CHECK(a.status == 426);
    CHECK(a.field("Upgrade") == "websocket");
    raw_client with_content(app.server.port());
    with_content.send(request_text("/ws", handshake + "Content-Length: 5\r\n") + "hello");
    const auto refused = with_content.read_answer();
    REQUIRE(refused);
    CHECK(refused->status == 400);
    for (const char* key : {"", "c2hvcnQ=", "dGhlIHNhbXBsZSBub25jZQ"}) {
        const answer bad = app.get("/ws", "Connection: Upgrade\r\nUpgrade: websocket\r\n"
                                          "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: " +
                                              std::string(key) + "\r\n");
        CHECK(bad.status == 400);
    }
    raw_client old(app.server.port());
    old.send("GET /ws HTTP/1.0\r\nHost: localhost\r\n" + handshake + "\r\n");
    const auto ignored = old.read_answer();
    REQUIRE(ignored);
    CHECK(ignored->status == 426);
}

} // namespace ringlet::testing

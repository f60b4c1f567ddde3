// The chat, between members of all kinds.
#include "examples/example.hpp"
#include "support/websocket_client.hpp"

namespace ringlet::testing {

TEST_CASE("chat tells everybody what one says, in order") {
    example chat("chat");
    websocket_client alice(chat.port(), "/chat");
    websocket_client bob(chat.port(), "/chat");
    alice.say("hello"); // both are members: their handshakes were answered before
    bob.say("hello, Alice");
    const std::string first = alice.hear();
    CHECK(bob.hear() == first);
    const std::string second = alice.hear();
    CHECK(bob.hear() == second);
    CHECK(first != second);
    for (int i = 0; i < 200; ++i) { // more than may wait
        alice.say(std::to_string(i));
        CHECK(alice.hear() == std::to_string(i));
        CHECK(bob.hear() == std::to_string(i));
    }
    bob.leave();
    alice.say("still here");
    CHECK(alice.hear() == "still here");
    CHECK(chat.err().text().find("ended") == std::string::npos); // leaving is no error
}

TEST_CASE("chat passes on text and nothing else") {
    const example chat("chat");
    websocket_client alice(chat.port(), "/chat");
    alice.say("\xff\xfe", false);
    alice.say("text");
    CHECK(alice.hear() == "text");
    CHECK(get(chat.port(), "/chat").result_int() == 426);
}

TEST_CASE("chat drops the member that does not listen, and the others go on") {
    const example chat("chat");
    websocket_client alice(chat.port(), "/chat");
    alice.say("hello");
    alice.hear();
    const std::size_t before = chat.open_descriptors(); // those of Asio's own timers among them
    websocket_client deaf(chat.port(), "/chat", 4096);
    CHECK(chat.open_descriptors() == before + 1);
    const std::string text(4000, 'x');
    for (int i = 0; i < 3000; ++i) {
        alice.say(text);
        REQUIRE((alice.hear() == text));
    }
    CHECK(chat.back_to(before));
    CHECK(deaf.closed_with() == 0); // cut off
    alice.say("hello");
    CHECK(alice.hear() == "hello");
}

TEST_CASE("chat ends with its server") {
    example chat("chat");
    websocket_client alice(chat.port(), "/chat");
    alice.say("hello");
    alice.hear();
    chat.signal(SIGTERM);
    CHECK(alice.closed_with() == 1001);
    chat.expect_exit(0);
    CHECK(chat.err().text().find("ended") == std::string::npos); // not for an error
}

} // namespace ringlet::testing

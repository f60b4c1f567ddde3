// The reverse proxy, in front of other examples and of servers that misbehave.
#include "examples/example.hpp"
#include "support/raw_client.hpp"
#include "support/temporary_folder.hpp"

#include <fstream>
#include <future>
#include <iterator>

namespace ringlet::testing {
namespace {

// A server that takes one connection and answers `bytes` to whatever it is asked.
class one_answer {
  public:
    explicit one_answer(std::string bytes)
        : asked_(std::async(std::launch::async, [this, text = std::move(bytes)] {
              if (!wait_for(at_.fd.get(), POLLIN))
                  return std::string("nobody has asked");
              const unique_fd client(::accept4(at_.fd.get(), nullptr, nullptr, SOCK_CLOEXEC));
              std::string head;
              char part[4096];
              while (head.find("\r\n\r\n") == head.npos) {
                  const ssize_t n = ::read(client.get(), part, sizeof part);
                  if (n <= 0)
                      break;
                  head.append(part, static_cast<std::size_t>(n));
              }
              write_all(client.get(), text);
              return head;
          })) {}

    std::string address() const { return "127.0.0.1:" + std::to_string(at_.port); }

    /// The head of the request that it has got.
    std::string asked() { return asked_.get(); }

  private:
    listening at_;
    std::future<std::string> asked_;
};

} // namespace

TEST_CASE("reverse-proxy passes on all methods, fields and statuses") {
    const example api("json-api");
    const example proxy("reverse-proxy", {"--to", api.address()});
    const std::uint16_t port = proxy.port();
    const content note{"application/json", R"({"text":"buy milk"})"};
    const auto added = exchange(port, verb::post, "/notes", note);
    CHECK(added.result_int() == 201);
    CHECK(field_of(added, "Location") == "/notes/1");
    CHECK(field_of(added, "Content-Type") == "application/json");
    CHECK(added.body() == get(api.port(), "/notes/1").body());
    CHECK(exchange(port, verb::put, "/notes/1", note).result_int() == 200);
    CHECK(get(port, "/notes").body() == get(api.port(), "/notes").body());
    const auto head = exchange(port, verb::head, "/notes");
    CHECK(head.result_int() == 200);
    CHECK(head.body().empty());
    CHECK(field_of(head, "Content-Length") == std::to_string(get(port, "/notes").body().size()));
    CHECK(field_of(exchange(port, verb::patch, "/notes"), "Allow") == "GET, HEAD, POST, OPTIONS");
    CHECK(exchange(port, verb::delete_, "/notes/1").result_int() == 204);
    CHECK(get(port, "/notes/x?y=z").result_int() == 400);
}

TEST_CASE("reverse-proxy passes 5 MB on in both directions") {
    const temporary_folder folder;
    const std::string bytes = pattern(5'000'000);
    const example upload("upload", {"--folder", folder.path().string()});
    const example in("reverse-proxy", {"--to", upload.address()});
    content form = form_with_file("five", bytes);
    for (const bool chunked : {false, true}) {
        CAPTURE(chunked);
        form.chunked = chunked;
        const auto said = exchange(in.port(), verb::post, "/upload", form);
        CHECK(said.result_int() == 201);
        std::ifstream file(folder.path() / said.body().substr(0, said.body().find(' ')),
                           std::ios::binary);
        const std::string kept(std::istreambuf_iterator<char>(file), {});
        CHECK((kept == bytes));
    }
    folder.write("five.bin", bytes);
    const example files("static-plus-api", {"--folder", folder.path().string()});
    const example out("reverse-proxy", {"--to", files.address()});
    CHECK((get(out.port(), "/five.bin").body() == bytes));
}

TEST_CASE("reverse-proxy passes on events while they come") {
    const example clock("sse-clock");
    const example proxy("reverse-proxy", {"--to", clock.address()});
    raw_client listener(proxy.port());
    listener.send(request_text("/clock"));
    std::string heard;
    while (heard.find("data: ") == heard.npos)
        heard += listener.read_once();
    CHECK(heard.find("Content-Type: text/event-stream") != heard.npos);
}

TEST_CASE("reverse-proxy keeps to itself what is said about a connection") {
    one_answer upstream("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
                        "HTTP/1.0 200 OK\r\nConnection: X-Hop\r\nX-Hop: 1\r\nX-End: 2\r\n"
                        "Server: another\r\n\r\nto the end");
    const example proxy("reverse-proxy", {"--to", upstream.address()});
    const auto said = get(proxy.port(), "/a?b=c",
                          {{"Connection", "X-Mine"},
                           {"X-Mine", "secret"},
                           {"Keep-Alive", "timeout=5"},
                           {"TE", "trailers"},
                           {"X-Forwarded-For", "192.0.2.1"},
                           {"X-End", "1"}});
    const std::string asked = upstream.asked();
    CHECK(asked.starts_with("GET /a?b=c HTTP/1.1\r\n"));
    CHECK(asked.find("X-Mine") == asked.npos);
    CHECK(asked.find("Keep-Alive") == asked.npos);
    CHECK(asked.find("TE:") == asked.npos);
    CHECK(asked.find("X-End: 1\r\n") != asked.npos);
    CHECK(asked.find("X-Forwarded-For: 192.0.2.1\r\n") != asked.npos);
    CHECK(asked.find("X-Forwarded-For: 127.0.0.1\r\n") != asked.npos);
    CHECK(said.result_int() == 200);
    CHECK(said.body() == "to the end");
    CHECK(field_of(said, "X-End") == "2");
    CHECK(field_of(said, "X-Hop").empty());
    CHECK(field_of(said, "Server") == "ringlet");
}

TEST_CASE("reverse-proxy answers 502 for a server that is not there or speaks no HTTP") {
    const std::string nobody = "127.0.0.1:" + std::to_string(listening().port);
    const example proxy("reverse-proxy", {"--to", nobody});
    const auto failed = get(proxy.port(), "/");
    CHECK(failed.result_int() == 502);
    CHECK(failed.body().find("Connection refused") != std::string::npos);
    one_answer odd("good morning\r\n\r\n");
    const example to_odd("reverse-proxy", {"--to", odd.address()});
    CHECK(get(to_odd.port(), "/").result_int() == 502);
}

TEST_CASE("reverse-proxy answers 504 for a server that is silent") {
    const listening silent;
    const std::string somebody = "127.0.0.1:" + std::to_string(silent.port);
    const example proxy("reverse-proxy", {"--to", somebody, "--patience", "1"});
    CHECK(get(proxy.port(), "/").result_int() == 504);
}

TEST_CASE("reverse-proxy cuts an answer off where its server has") {
    one_answer broken("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nnot that long");
    const example proxy("reverse-proxy", {"--to", broken.address()});
    const answer cut = ask(proxy.port(), "/");
    CHECK(cut.status == 200);
    CHECK_FALSE(cut.complete);
}

} // namespace ringlet::testing

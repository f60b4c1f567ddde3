// The page of the chat, in a real browser.
#include "examples/example.hpp"
#include "support/temporary_folder.hpp"
#include "support/websocket_client.hpp"

#include <boost/json.hpp>

namespace ringlet::testing {
namespace {

bool chromium_is_there() {
    if (std::string_view(RINGLET_CHROMIUM).empty()) {
        WARN("there was no Chromium when the tests were configured");
        return false;
    }
    return true;
}

// A headless Chromium with one page, spoken to as its developer tools do.
class browser {
  public:
    explicit browser(const std::string& url)
        : process_({RINGLET_CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu",
                    "--no-first-run", "--disable-background-networking",
                    "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage",
                    "--user-data-dir=" + profile_.path().string(), "--remote-debugging-port=0",
                    url}),
          port_(debugging_port(process_)),
          page_(port_, page_target(port_)) {}

    browser(const browser&) = delete;
    browser& operator=(const browser&) = delete;

    // In good order, for its own processes write to the profile to the last.
    ~browser() {
        try {
            call("Browser.close", {});
        } catch (const boost::system::system_error&) {
        }
        process_.wait();
    }

    /// What an expression in the page gives, as text; empty when it throws.
    std::string evaluate(const std::string& expression) {
        boost::json::object parameters;
        parameters["expression"] = "String(" + expression + ")";
        const boost::json::value said = call("Runtime.evaluate", parameters);
        boost::system::error_code none;
        const auto* value = said.find_pointer("/result/result/value", none);
        return value != nullptr ? std::string(value->as_string()) : std::string();
    }

  private:
    static std::uint16_t debugging_port(child_process& process) {
        const std::string mark = "DevTools listening on ws://127.0.0.1:";
        const std::string printed = process.err().wait_until([&mark](const std::string& text) {
            const std::size_t at = text.find(mark);
            return at != text.npos && text.find('/', at + mark.size()) != text.npos;
        });
        const std::size_t at = printed.find(mark);
        if (at == printed.npos)
            throw std::runtime_error("Chromium has printed: " + printed);
        return static_cast<std::uint16_t>(std::stoi(printed.substr(at + mark.size())));
    }

    // The path of the page's own WebSocket.
    static std::string page_target(std::uint16_t port) {
        const boost::json::value targets = boost::json::parse(get(port, "/json/list").body());
        for (const auto& target : targets.as_array())
            if (target.at("type").as_string() == "page")
                return "/devtools/page/" + boost::json::value_to<std::string>(target.at("id"));
        throw std::runtime_error("Chromium has no page");
    }

    // Answers have the number of their call; between them come events.
    boost::json::value call(const std::string& method, const boost::json::object& parameters) {
        const int number = ++calls_;
        boost::json::object question;
        question["id"] = number;
        question["method"] = method;
        question["params"] = parameters;
        page_.say(boost::json::serialize(question));
        for (;;) {
            const boost::json::value said = boost::json::parse(page_.hear());
            const auto* id = said.as_object().if_contains("id");
            if (id != nullptr && id->as_int64() == number)
                return said;
        }
    }

    temporary_folder profile_;
    child_process process_;
    std::uint16_t port_;
    websocket_client page_;
    int calls_ = 0;
};

} // namespace

TEST_CASE("the page of the chat shows what others say, and says what is typed") {
    if (!chromium_is_there())
        return;
    const example chat("chat", {"--page", RINGLET_SOURCE "/tools/examples/chat.html"});
    websocket_client alice(chat.port(), "/chat");
    browser page("http://127.0.0.1:" + std::to_string(chat.port()) + "/");
    REQUIRE(eventually([&page] { return page.evaluate("chat.readyState") == "1"; }));

    alice.say("hello, <b>page</b>");
    const auto shown = [&page] { return page.evaluate("document.body.innerText"); };
    CHECK(eventually([&] { return shown().find("hello, <b>page</b>") != std::string::npos; }));
    CHECK(alice.hear() == "hello, <b>page</b>");

    page.evaluate("document.getElementById('text').value = 'hello, Alice'");
    page.evaluate("document.querySelector('form').requestSubmit()");
    CHECK(alice.hear() == "hello, Alice");
    CHECK(eventually([&] { return shown().find("hello, Alice") != std::string::npos; }));
}

} // namespace ringlet::testing

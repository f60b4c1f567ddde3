#include "full_pool.hpp"
#include "ringlet/test/client.hpp"
#include "support/catch.hpp"

#include <boost/beast/core/detail/base64.hpp>

#include <stdexcept>

using namespace ringlet;

namespace {

// openssl passwd -6 -salt pepper secret
const std::string sha512 = "$6$pepper$2Z6D7B1GHphRwAkDE2YJPR/"
                           "Tz3pYzJVGFj5UOun/UCaxbGzjpckaQI2gu8BE7DfAQVvJ1RMHN0aDV0DT6ow8L.";
// openssl passwd -5 -salt pepper secret
const std::string sha256 = "$5$pepper$2pAgbGpQiykh.M/nsGW0.I7Vms31DG4rMmvJxdszg10";
// bcrypt of "pass:w\u00f6rd", as htpasswd -B writes it
const std::string bcrypt = "$2y$04$abcdefghijklmnopqrstuuWXKr2BvN6MFBGmbO8G1GNLW0JIJkxnC";

const std::vector<std::pair<std::string, std::string>> users{
    {"ada", sha512}, {"j\u00fcrgen", bcrypt}, {"bob", sha256}};

std::string base64(std::string_view text) {
    namespace b = boost::beast::detail::base64;
    std::string out(b::encoded_size(text.size()), '\0');
    out.resize(b::encode(out.data(), text.data(), text.size()));
    return out;
}

awaitable<response> greet(request& req) {
    co_return text("hello, " + req.attached<authenticated_user>()->name);
}

struct closed_site {
    explicit closed_site(std::vector<middleware> outside = {}, const std::string& realm = "notes") {
        for (middleware& m : outside)
            app.use(std::move(m));
        app.use(basic_auth(realm, users));
        app.get("/", greet);
    }
    test::answer ask(const std::string& authorization) {
        return test::client(app).get("/", {{"Authorization", authorization}});
    }
    test::answer log_in(std::string_view name_and_password) {
        return ask("Basic " + base64(name_and_password));
    }
    server app;
};

} // namespace

TEST_CASE("who has the password comes in, and the handler knows who it is") {
    closed_site site;
    const auto ada = site.log_in("ada:secret");
    CHECK(ada.status == 200);
    CHECK(ada.body == "hello, ada");
    CHECK(ada.field("WWW-Authenticate").empty());
    CHECK(site.log_in("bob:secret").body == "hello, bob");
    CHECK(site.log_in("j\u00fcrgen:pass:w\u00f6rd").body == "hello, j\u00fcrgen");
    CHECK(site.ask("bAsIc   " + base64("ada:secret")).status == 200);
}

TEST_CASE("who has not is asked for it") {
    closed_site site;
    for (const char* text : {"ada:Secret", "ada:", "ada:secret ", "Ada:secret", ":secret", ":",
                             "eve:secret", "j\u00fcrgen:secret", "bob:pass:w\u00f6rd"}) {
        CAPTURE(text);
        const auto a = site.log_in(text);
        CHECK(a.status == 401);
        CHECK(a.field("WWW-Authenticate") == R"(Basic realm="notes", charset="UTF-8")");
        CHECK(a.body.find("hello") == std::string::npos);
    }
    const auto a = test::client(site.app).get("/");
    CHECK(a.status == 401);
    CHECK(a.field("WWW-Authenticate") == R"(Basic realm="notes", charset="UTF-8")");
}

TEST_CASE("what is not there is not told to strangers") {
    closed_site site;
    test::client client(site.app);
    CHECK(client.get("/nowhere").status == 401);
    CHECK(client.get("/nowhere", {{"Authorization", "Basic " + base64("ada:secret")}}).status ==
          404);
}

TEST_CASE("malformed credentials are none") {
    closed_site site;
    const std::string good = base64("ada:secret");
    for (const std::string& field :
         {std::string(""), std::string("Basic"), std::string("Basic "), good, "Bearer " + good,
          "Basic" + good, "Basic " + good + "=", "Basic =" + good, "Basic " + good + ", Basic x",
          "Basic " + good + " x", "Basic " + base64("ada"), std::string("Basic ada:secret"),
          "Basic " + base64("ada:secret\x7f"), "Basic " + base64("ada\t:secret")}) {
        CAPTURE(field);
        CHECK(site.ask(field).status == 401);
    }
}

TEST_CASE("a password does not end at a NUL") {
    closed_site site;
    CHECK(site.log_in(std::string_view("ada:secret\0", 11)).status == 401);
    CHECK(site.log_in(std::string_view("ada:secret\0x", 12)).status == 401);
}

TEST_CASE("a hash itself is no password") {
    closed_site site;
    CHECK(site.log_in("ada:" + sha512).status == 401);
}

TEST_CASE("without room on the pool known and unknown users alike are told to come back") {
    closed_site site({testing::with_full_pool});
    CHECK(site.log_in("ada:secret").status == 503);
    CHECK(site.log_in("eve:secret").status == 503);
    CHECK(site.ask("Basic nonsense").status == 401); // costs nothing
}

TEST_CASE("the realm is quoted, and refused with control characters in it") {
    closed_site site({}, R"(the "inner" \ circle)");
    CHECK(site.ask("").field("WWW-Authenticate") ==
          R"(Basic realm="the \"inner\" \\ circle", charset="UTF-8")");
    for (const char* realm : {"a\r\nb", "a\tb", "a\x7f"})
        CHECK_THROWS_AS(basic_auth(realm, users), std::invalid_argument);
}

TEST_CASE("what crypt cannot check is refused at once") {
    for (const char* hash :
         {"", "secret", "correct horse", "abcdefghijklm", "*", "!", "x", "$", "$secret",
          "$apr1$pepper$9nW6TcxyB7nM3mbuIZJyl1", "{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=",
          "$argon2id$v=19$m=65536,t=3,p=4$c2FsdA$aGFzaA", "$9$pepper$abc"}) {
        CAPTURE(hash);
        CHECK_THROWS_AS(basic_auth("notes", {{"ada", sha512}, {"eve", hash}}),
                        std::invalid_argument);
    }
    CHECK_THROWS_AS(basic_auth("notes", {}), std::invalid_argument);
    CHECK_THROWS_AS(basic_auth("notes", {{"a:b", sha512}}), std::invalid_argument);
}

// What a path reaches, and what it must not reach.
#include "e2e/site.hpp"
#include "support/raw_client.hpp"
#include "support/server_process.hpp"

#include <sys/stat.h>
#include <sys/un.h>

namespace ringlet::testing {
namespace {

// A folder inside another one, which holds what must never be seen.
struct guarded_site {
    guarded_site() {
        namespace fs = std::filesystem;
        outside.write("secret.txt", "SECRET");
        fs::create_directories(root() / "dir" / "sub");
        fs::create_directories(root() / ".git");
        fs::create_directories(root() / ".well-known");
        fs::create_directories(root() / "empty dir");
        outside.write("www/index.html", "INDEX");
        outside.write("www/dir/index.html", "DIR");
        outside.write("www/dir/sub/x.txt", "X");
        outside.write("www/.hidden", "SECRET");
        outside.write("www/.git/config", "SECRET");
        outside.write("www/.well-known/security.txt", "CONTACT");
        outside.write("www/.well-known/.secret", "SECRET");
        fs::create_symlink("dir/index.html", root() / "inside");
        fs::create_symlink("../secret.txt", root() / "outside.txt");
        fs::create_symlink("/etc/passwd", root() / "absolute");
        fs::create_symlink("..", root() / "up");
        fs::create_symlink("loop", root() / "loop");
        ::mkfifo((root() / "fifo").c_str(), 0600);
    }
    std::filesystem::path root() const { return outside.path() / "www"; }
    temporary_folder outside;
};

std::string percent_encoded(std::string_view name) {
    std::string all;
    for (const unsigned char c : name) {
        char text[4];
        std::snprintf(text, sizeof text, "%%%02X", static_cast<unsigned>(c));
        all += text;
    }
    return all;
}

} // namespace

TEST_CASE("an index file stands for its folder and a folder without slash is 308") {
    const guarded_site site;
    const server_process server(serve(site.root()));
    CHECK(ask(server.port(), "/").body == "INDEX");
    CHECK(ask(server.port(), "/?query").body == "INDEX");
    CHECK(ask(server.port(), "/dir/").body == "DIR");
    const auto location = [&](const char* target) {
        const answer a = ask(server.port(), target);
        CHECK(a.status == 308);
        return a.field("Location");
    };
    CHECK(location("/dir") == "/dir/");
    CHECK(location("/dir?a=b&c=%20d") == "/dir/?a=b&c=%20d");
    CHECK(location("/empty%20dir") == "/empty%20dir/");
    CHECK(location("//dir") == "/dir/"); // never //dir/, which would be another host
    CHECK(location("/x/../dir") == "/dir/");
    CHECK(ask(server.port(), "/empty%20dir/").status == 404);
    CHECK(ask(server.port(), "/index.html/").status == 404);
    CHECK(ask(server.port(), "/dir", "", "HEAD").status == 308);
}

TEST_CASE("the path is decoded once and nothing leads out of the root") {
    const guarded_site site;
    const server_process server(serve(site.root()));
    struct expectation {
        const char* target;
        unsigned status;
    };
    const expectation all[] = {
        {"/dir/../dir/sub/./x.txt", 200},
        {"/d%69r/sub/x.txt", 200},
        {"/dir//sub///x.txt", 200},
        {"/d%2569r/sub/x.txt", 404}, // decoded twice it would be there
        {"/../secret.txt", 400},
        {"/dir/../../secret.txt", 400},
        {"/%2e%2e/secret.txt", 400},
        {"/.%2e/secret.txt", 400},
        {"/..%2fsecret.txt", 404},
        {"/dir%2findex.html", 404},
        {"/dir%2Findex.html", 404},
        {"/index.html%00", 400},
        {"/index.html%00.txt", 400},
        {"/%", 400},
        {"/%zz", 400},
        {"/..%5csecret.txt", 404},
        {"/.hidden", 404},
        {"/%2ehidden", 404},
        {"/.git/config", 404},
        {"/.git", 404},
        {"/.well-known/security.txt", 200},
        {"/.well-known/.secret", 404},
        {"/inside", 200},
        {"/outside.txt", 404},
        {"/absolute", 404},
        {"/up/secret.txt", 404},
        {"/loop", 404},
        {"/fifo", 403},
        {"/missing", 404},
        {"/index.html/x", 404},
        {"http://localhost/dir/sub/x.txt", 200},
        {"http://localhost", 200},
    };
    for (const expectation& e : all) {
        CAPTURE(e.target);
        const answer a = ask(server.port(), e.target);
        CHECK(a.status == e.status);
        CHECK(a.body.find("SECRET") == a.body.npos);
        CHECK(a.body.find("root:") == a.body.npos);
    }
    const std::string longest(5000, 'a');
    CHECK(ask(server.port(), '/' + longest).status == 404);
}

TEST_CASE("the command line says how far symbolic links are followed") {
    const guarded_site site;
    const server_process follow(serve(site.root(), {"--symlinks", "follow"}));
    const server_process deny(serve(site.root(), {"--symlinks", "deny"}));
    CHECK(ask(follow.port(), "/outside.txt").body == "SECRET");
    CHECK(ask(follow.port(), "/inside").body == "DIR");
    CHECK(ask(follow.port(), "/../secret.txt").status == 400);
    CHECK(ask(deny.port(), "/inside").status == 404);
    CHECK(ask(deny.port(), "/outside.txt").status == 404);
    CHECK(ask(deny.port(), "/dir/index.html").body == "DIR");
}

TEST_CASE("files of any name are found by their encoded name") {
    const guarded_site site;
    std::vector<std::string> names = {"a b",      "%41",   "a?b",      "a#b",
                                      "a%20b",    "a\b",   "a+b",      "a;b",
                                      "a&b",      "\"<>'", "~",        "[x]",
                                      "{x}",      "\n",    "\x01\x7f", "\xc3\xa9",
                                      "\xff\xfe", "Case",  "case",     std::string(255, 'n')};
    for (const std::string& name : names)
        site.outside.write("www/" + name, "I am " + name);
    const server_process server(serve(site.root()));
    for (const std::string& name : names) {
        CAPTURE(name);
        const answer a = ask(server.port(), '/' + percent_encoded(name));
        CHECK(a.status == 200);
        CHECK((a.body == "I am " + name));
    }
    CHECK(ask(server.port(), "/CASE").status == 404);
    CHECK(ask(server.port(), "/a+b").body == "I am a+b"); // a plus is no space in a path
    CHECK(ask(server.port(), '/' + std::string(256, 'n')).status == 404);
}

TEST_CASE("an unreadable file is 403 to an ordinary user") {
    const guarded_site site;
    namespace fs = std::filesystem;
    fs::permissions(site.outside.path(), fs::perms::others_exec, fs::perm_options::add);
    fs::permissions(site.root() / "index.html", fs::perms::none);
    if (::geteuid() == 0)
        return; // root may read it; the server cannot become somebody else by itself
    const server_process server(serve(site.root()));
    CHECK(ask(server.port(), "/").status == 403);
}

TEST_CASE("an error is a small readable page") {
    const guarded_site site;
    const server_process server(serve(site.root()));
    const answer a = ask(server.port(), "/<script>alert(1)</script>");
    const answer missing = ask(server.port(), "/missing");
    for (const answer* each : {&a, &missing}) {
        CHECK(each->field("Content-Type") == "text/html; charset=utf-8");
        CHECK(each->body.size() < 1024);
        CHECK(each->body.find("<script>") == each->body.npos);
    }
    CHECK(missing.body.find("404") != missing.body.npos);
    const answer head = ask(server.port(), "/missing", "", "HEAD");
    CHECK(head.status == 404);
    CHECK(head.field("Content-Length") == missing.field("Content-Length"));
}

TEST_CASE("files can only be read") {
    const guarded_site site;
    const server_process server(serve(site.root()));
    for (const char* method : {"POST", "PUT", "DELETE", "PATCH", "TRACE", "PROPFIND"}) {
        CAPTURE(method);
        const answer a = ask(server.port(), "/", "", method);
        CHECK(a.status == 405);
        CHECK(a.field("Allow") == "GET, HEAD, OPTIONS");
    }
    for (const char* target : {"/", "/dir/index.html", "*"}) {
        CAPTURE(target);
        const answer a = ask(server.port(), target, "", "OPTIONS");
        CHECK(a.status == 204);
        CHECK(a.field("Allow") == "GET, HEAD, OPTIONS");
        CHECK(a.field("Content-Length").empty());
    }
    CHECK(ask(server.port(), "localhost:80", "", "CONNECT").status == 405);
    CHECK(ask(server.port(), "/", "", "BREW").status == 501);
}

} // namespace ringlet::testing

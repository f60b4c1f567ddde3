// Starting as root and serving as somebody else.
#include "e2e/refusal.hpp"
#include "e2e/site.hpp"
#include "support/raw_client.hpp"
#include "support/successor.hpp"

#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>

namespace ringlet::testing {
namespace {

namespace fs = std::filesystem;

std::string four_times(unsigned id) {
    const std::string n = std::to_string(id);
    return n + "\t" + n + "\t" + n + "\t" + n;
}

/// The program and a folder where anybody may go, and "nobody" and its group.
struct open_place {
    open_place() {
        fs::permissions(folder.path(), fs::perms::all);
        fs::copy_file(RINGLET_PROGRAM, folder.path() / "ringlet");
        fs::create_directory(folder.path() / "www");
        fs::permissions(folder.path() / "www", fs::perms::all);
        folder.write("www/one.txt", "1");
        const passwd* const entry = ::getpwnam("nobody");
        REQUIRE(entry != nullptr);
        user = entry->pw_uid;
        group = entry->pw_gid;
        group_name = ::getgrgid(group)->gr_name;
    }
    std::vector<std::string> serve(std::vector<std::string> more) const {
        std::vector<std::string> command{(folder.path() / "ringlet").string(),
                                         (folder.path() / "www").string(),
                                         "--listen",
                                         "127.0.0.1:0",
                                         "--workers",
                                         "1"};
        command.insert(command.end(), more.begin(), more.end());
        return command;
    }

    temporary_folder folder;
    unsigned user = 0, group = 0;
    std::string group_name;
};

bool not_root() {
    if (::geteuid() == 0)
        return false;
    WARN("not root: nothing to give up");
    return true;
}

} // namespace

TEST_CASE("a server that becomes another user keeps nothing of root, also after a restart") {
    if (not_root())
        return;
    const open_place place;
    const fs::path log = place.folder.path() / "access.log";
    for (const std::string& who : {std::string("nobody"), "nobody:" + place.group_name}) {
        restarting_server server(place.serve({"--user", who, "--access-log", log.string()}), [] {
            const gid_t groups[] = {0, 1};
            ::setgroups(2, groups);
        });
        for (int i = 0; i < 2; ++i) {
            CHECK(ask(server.port(), "/one.txt").body == "1");
            CHECK(status_of(server.pid(), "Uid") == four_times(place.user));
            CHECK(status_of(server.pid(), "Gid") == four_times(place.group));
            CHECK(status_of(server.pid(), "Groups") == std::to_string(place.group));
            CHECK(status_of(server.pid(), "CapEff") == "0000000000000000");
            CHECK(status_of(server.pid(), "CapPrm") == "0000000000000000");
            if (i == 0)
                server.restart();
        }
        struct stat s;
        CHECK(::stat(log.c_str(), &s) == 0);
        CHECK(s.st_uid == place.user);
        fs::rename(log, place.folder.path() / "old.log");
        server.signal(SIGHUP);
        server.expect_printed("opened the access log anew");
    }
}

TEST_CASE("a server that changes its group only has that group and no other") {
    if (not_root())
        return;
    const open_place place;
    server_process server(place.serve({"--group", place.group_name}));
    CHECK(ask(server.port(), "/one.txt").body == "1");
    CHECK(status_of(server.pid(), "Uid") == four_times(0));
    CHECK(status_of(server.pid(), "Gid") == four_times(place.group));
    CHECK(status_of(server.pid(), "Groups") == std::to_string(place.group));
}

TEST_CASE("users that cannot be become are refused in one line") {
    const open_place place;
    expect_refusal(start(place.serve({"--user", "no-such-user"})), {"--user", "no-such-user"});
    expect_refusal(start(place.serve({"--user", "nobody:no-such-group"})),
                   {"--group", "no-such-group"});
    expect_refusal(start(place.serve({"--group", "no-such-group"})), {"--group", "no-such-group"});
    expect_refusal(start(place.serve({"--user", "nobody:"})), {"--user", "NAME:GROUP"});
    expect_refusal(start(place.serve({"--user", ""})), {"--user", "empty"});
    expect_refusal(start(place.serve({"--group", ""})), {"--group", "empty"});
    expect_refusal(start(place.serve({"--user", "nobody:one", "--group", "two"})), {"two groups"});
    expect_refusal(start(place.serve({"--user", "root"}), become_nobody), {"need root"});
}

TEST_CASE("a folder that the user cannot read, and a log it cannot write, are refused at once") {
    if (not_root())
        return;
    const open_place place;
    const fs::path own = place.folder.path() / "own"; // of root
    fs::create_directory(own);
    fs::permissions(own, fs::perms::owner_all);
    const std::string log = (own / "access.log").string();
    expect_refusal(start(place.serve({"--user", "nobody", "--access-log", log})),
                   {"access log", log});
    CHECK_FALSE(fs::exists(log));
    fs::permissions(place.folder.path() / "www", fs::perms::owner_all);
    expect_refusal(start(place.serve({"--user", "nobody"})), {"www", "chmod"});
}

TEST_CASE("who is the user already needs no root") {
    const open_place place;
    server_process server(place.serve({"--user", "nobody"}), become_nobody);
    if (::geteuid() == 0)
        CHECK(status_of(server.pid(), "Uid") == four_times(place.user));
    CHECK(ask(server.port(), "/one.txt").body == "1");
}

} // namespace ringlet::testing

#include "server/privileges.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <grp.h>
#include <optional>
#include <pwd.h>
#include <stdexcept>
#include <sys/types.h>
#include <unistd.h>
#include <vector>

namespace ringlet {
namespace {

struct identity {
    std::string user; // empty: as it is
    uid_t uid;
    gid_t gid;
};

// Calls getpwnam_r or getgrnam_r with a buffer that is large enough, and takes `number` out of it.
template <class Entry, class Id, class Find>
Id find(const char* option, const std::string& name, Find look_up, Id Entry::*number) {
    std::vector<char> memory(1024);
    Entry entry;
    Entry* found = nullptr;
    int failed = 0;
    while ((failed = look_up(name.c_str(), &entry, memory.data(), memory.size(), &found)) == ERANGE)
        memory.resize(memory.size() * 2);
    if (found == nullptr)
        throw std::runtime_error(
            std::string(option) + " '" + name +
            "': " + (failed == 0 ? "this system knows no such name" : std::strerror(failed)));
    return found->*number;
}

identity look_up(std::string user, std::string group) {
    const std::size_t colon = user.find(':');
    if (colon != user.npos) {
        const std::string own = user.substr(colon + 1);
        if (own.empty() || colon == 0)
            throw std::runtime_error("--user '" + user + "' is not NAME or NAME:GROUP");
        if (!group.empty() && group != own)
            throw std::runtime_error("--user '" + user + "' and --group '" + group +
                                     "' name two groups; give one of them");
        group = own;
        user.resize(colon);
    }
    identity who{user, ::geteuid(), ::getegid()};
    if (!user.empty()) {
        who.uid = find("--user", user, ::getpwnam_r, &passwd::pw_uid);
        who.gid = find("--user", user, ::getpwnam_r, &passwd::pw_gid);
    }
    if (!group.empty())
        who.gid = find("--group", group, ::getgrnam_r, &::group::gr_gid);
    return who;
}

bool is_already(const identity& who) {
    uid_t u[3];
    gid_t g[3];
    return ::getresuid(&u[0], &u[1], &u[2]) == 0 && ::getresgid(&g[0], &g[1], &g[2]) == 0 &&
           std::ranges::all_of(u, [&](uid_t id) { return id == who.uid; }) &&
           std::ranges::all_of(g, [&](gid_t id) { return id == who.gid; });
}

void demand(bool done, const char* what) {
    if (!done)
        throw std::runtime_error(std::string("cannot ") + what + ": " + std::strerror(errno));
}

// The user's are set by name; without one there are none but the group itself.
void set_groups(const identity& who) {
    demand((who.user.empty() ? ::setgroups(1, &who.gid)
                             : ::initgroups(who.user.c_str(), who.gid)) == 0,
           "set the groups of --user");
}

} // namespace

void become_user(const std::string& user, const std::string& group) {
    if (user.empty() && group.empty())
        return;
    const identity who = look_up(user, group);
    if (::geteuid() != 0) {
        if (is_already(who)) // as in a server that takes over
            return;
        throw std::runtime_error("--user and --group need root, to change from; leave them out, or "
                                 "start as root");
    }
    set_groups(who);
    demand(::setresgid(who.gid, who.gid, who.gid) == 0, "change to the group");
    demand(::setresuid(who.uid, who.uid, who.uid) == 0, "change to the user");
    errno = EPERM;
    demand(is_already(who) && (who.uid == 0 || ::setuid(0) != 0), "give up the rights of root");
}

} // namespace ringlet

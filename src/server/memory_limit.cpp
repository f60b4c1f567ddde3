#include "server/memory_limit.hpp"

#include <algorithm>
#include <fstream>
#include <string>
#include <unistd.h>

namespace ringlet {
namespace {

namespace fs = std::filesystem;

// "max", and whatever else is no number, leaves `least` as it is.
void take_least(std::uint64_t& least, const fs::path& file) {
    std::ifstream in(file);
    std::uint64_t bytes = 0;
    if (in >> bytes)
        least = std::min(least, bytes);
}

// Of the group and those that it is in. In a container the mount may begin at the group itself, so
// that its path leads nowhere; its root is looked at as well.
void take_least_of(std::uint64_t& least, const fs::path& mount, fs::path group, const char* file) {
    for (group = group.relative_path(); !group.empty(); group = group.parent_path())
        take_least(least, mount / group / file);
    take_least(least, mount / file);
}

} // namespace

std::uint64_t memory_of_process(const fs::path& root) {
    std::uint64_t least = static_cast<std::uint64_t>(::sysconf(_SC_PHYS_PAGES)) *
                          static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
    std::ifstream groups(root / "proc/self/cgroup"); // number:controllers:path
    for (std::string line; std::getline(groups, line);) {
        const std::size_t first = line.find(':');
        const std::size_t second = line.find(':', first + 1);
        if (first == line.npos || second == line.npos)
            continue;
        const std::string controllers = ',' + line.substr(first + 1, second - first - 1) + ',';
        const fs::path group = line.substr(second + 1);
        if (controllers == ",,")
            take_least_of(least, root / "sys/fs/cgroup", group, "memory.max");
        else if (controllers.find(",memory,") != controllers.npos)
            take_least_of(least, root / "sys/fs/cgroup/memory", group, "memory.limit_in_bytes");
    }
    return least;
}

} // namespace ringlet

#include "cli/doctor.hpp"

#include "io/uring_probe.hpp"
#include "ringlet/version.hpp"

#include <cstdio>
#include <fstream>
#include <sched.h>
#include <string>
#include <sys/resource.h>
#include <sys/utsname.h>

namespace ringlet {
namespace {

void row(const char* name, const std::string& value, const char* note) {
    std::printf("%-42s %-12s %s\n", name, value.c_str(), note);
}

void machine() {
    utsname names{};
    ::uname(&names);
    row("kernel", names.release, "");
    cpu_set_t set;
    if (::sched_getaffinity(0, sizeof set, &set) == 0)
        row("cores", std::to_string(CPU_COUNT(&set)), "one worker each by default");
    rlimit files{};
    if (::getrlimit(RLIMIT_NOFILE, &files) == 0)
        row("open files", std::to_string(files.rlim_cur),
            "connections and files together; ulimit -n raises it");
    std::string somaxconn = "?";
    std::ifstream("/proc/sys/net/core/somaxconn") >> somaxconn;
    row("listen backlog (somaxconn)", somaxconn, "the most that --backlog can have");
}

} // namespace

int doctor() {
    std::printf("ringlet %s\n", version);
    machine();
    const io::uring_report report = io::probe_uring();
    row("io_uring", report.error == 0 ? "yes" : "no", "");
    for (const io::feature& f : report.features) {
        const char* state =
            !f.present ? (f.used ? "MISSING" : "absent") : (f.used ? "used" : "not used");
        row(f.name.c_str(), state, f.note.c_str());
    }
    const std::string why_not = io::why_not_uring(report);
    if (why_not.empty())
        std::printf("ringlet serves with io_uring here\n");
    else
        std::printf("ringlet serves with epoll here: %s\n", why_not.c_str());
    return 0;
}

} // namespace ringlet

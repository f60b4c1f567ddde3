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
    if (report.error != 0) {
        row("io_uring", "no", io::explain_ring_failure(report.error).c_str());
        return 2;
    }
    row("io_uring", "yes", "");
    for (const io::feature& f : report.features) {
        const char* state =
            !f.present ? (f.used ? "MISSING" : "absent") : (f.used ? "used" : "not used");
        row(f.name.c_str(), state, f.note.c_str());
    }
    if (const io::feature* f = report.missing()) {
        std::printf("ringlet cannot run here: %s is missing; Linux 6.0 or newer is needed\n",
                    f->name.c_str());
        return 2;
    }
    std::printf("ringlet can run here\n");
    return 0;
}

} // namespace ringlet

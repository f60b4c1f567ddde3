// How many instructions a server's own code takes, which no neighbour of the machine changes:
// tools/bench/instructions counts with it.
//
//     steps PROCESS...
//
// Steps all threads of these processes one instruction at a time, says "ready", and goes on until
// standard input ends. Then it lets them run, and prints a line for each instruction that was
// executed: its address, how often, and "call" where it calls the kernel. What the kernel does for
// it is one step.
#include <poll.h>
#include <sys/ptrace.h>
#include <sys/time.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <string>
#include <system_error>
#include <unordered_map>

namespace {

constexpr std::uint64_t opcode_of_syscall = 0x050f; // as the two bytes lie in memory

struct instruction {
    std::uint64_t times = 0;
    bool calls = false;
};

class stepper {
  public:
    void take(pid_t process) {
        for (const auto& entry :
             std::filesystem::directory_iterator("/proc/" + std::to_string(process) + "/task")) {
            const pid_t thread = std::stoi(entry.path().filename());
            if (ptrace(PTRACE_SEIZE, thread, 0, PTRACE_O_TRACECLONE) != 0 ||
                ptrace(PTRACE_INTERRUPT, thread, 0, 0) != 0)
                throw std::system_error(errno, std::generic_category(), "ptrace");
            threads_[thread] = 0;
        }
    }

    void step_until_input_ends() {
        std::puts("ready");
        std::fflush(stdout);
        while (!threads_.empty()) {
            int status = 0;
            const pid_t thread = waitpid(-1, &status, __WALL);
            if (thread > 0)
                after_stop(thread, status);
            else if (input_has_ended()) // looked at when the timer ends the wait
                return;
        }
    }

    void let_go() {
        for (const auto& [thread, last] : threads_) {
            ptrace(PTRACE_INTERRUPT, thread, 0, 0);
            if (stopped(thread) && has_trap(thread)) { // which would end the process
                ptrace(PTRACE_CONT, thread, 0, 0);
                stopped(thread);
            }
            ptrace(PTRACE_DETACH, thread, 0, 0);
        }
    }

    void print() const {
        for (const auto& [address, what] : instructions_)
            std::printf("%lx %lu%s\n", address, what.times, what.calls ? " call" : "");
    }

  private:
    void after_stop(pid_t thread, int status) {
        if (!WIFSTOPPED(status)) {
            threads_.erase(thread);
            return;
        }
        std::uint64_t& last = threads_[thread]; // it may be new
        const bool stepped = status >> 8 == SIGTRAP;
        const bool has_signal = !stepped && status >> 16 == 0;
        if (stepped)
            last = count(thread, last);
        ptrace(PTRACE_SINGLESTEP, thread, 0, has_signal ? WSTOPSIG(status) : 0);
    }

    // The instruction that is next: the first is never counted, nor the last one left out. One that
    // repeats itself, such as a copy of many bytes, counts once, and is stepped for each.
    std::uint64_t count(pid_t thread, std::uint64_t last) {
        const auto address = static_cast<std::uint64_t>(
            ptrace(PTRACE_PEEKUSER, thread, offsetof(user_regs_struct, rip), 0));
        if (address == last)
            return address;
        instruction& here = instructions_[address];
        if (here.times++ == 0)
            here.calls = (static_cast<std::uint64_t>(ptrace(PTRACE_PEEKTEXT, thread, address, 0)) &
                          0xffff) == opcode_of_syscall;
        return address;
    }

    static bool stopped(pid_t thread) {
        int status = 0;
        while (waitpid(thread, &status, __WALL) < 0 && errno == EINTR) {
        }
        return WIFSTOPPED(status);
    }
    // Whether the end of a step waits to be reported.
    static bool has_trap(pid_t thread) {
        __ptrace_peeksiginfo_args first{0, 0, 1};
        siginfo_t pending{};
        return ptrace(PTRACE_PEEKSIGINFO, thread, &first, &pending) > 0 &&
               pending.si_signo == SIGTRAP;
    }

    static bool input_has_ended() {
        pollfd input{STDIN_FILENO, POLLIN, 0};
        return poll(&input, 1, 0) > 0;
    }

    std::map<pid_t, std::uint64_t> threads_; // and where each was last
    std::unordered_map<std::uint64_t, instruction> instructions_;
};

void set_timer(suseconds_t us) {
    const itimerval often{{0, us}, {0, us}};
    setitimer(ITIMER_REAL, &often, nullptr);
}

// Ends a wait every 20 ms.
void start_timer() {
    struct sigaction nothing {};
    nothing.sa_handler = [](int) {};
    sigaction(SIGALRM, &nothing, nullptr);
    set_timer(20'000);
}

} // namespace

int main(int argc, char** argv) try {
    stepper all;
    for (int i = 1; i < argc; ++i)
        all.take(std::atoi(argv[i]));
    start_timer();
    all.step_until_input_ends();
    set_timer(0); // nothing else is to be interrupted
    all.let_go();
    all.print();
} catch (const std::exception& e) {
    std::fprintf(stderr, "steps: %s\n", e.what());
    return 1;
}

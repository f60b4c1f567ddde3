#include "server/handover.hpp"

#include "server/inheritance.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <poll.h>
#include <stdexcept>
#include <string_view>
#include <sys/wait.h>
#include <unistd.h>

extern char** environ;

namespace ringlet {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

/// All that the child needs between fork and exec, where it may neither allocate nor lock: other
/// threads may have held whatever there is to be locked.
class launch {
  public:
    launch(std::string program, std::vector<std::string> arguments,
           const std::vector<unique_fd>& sockets, int ready, const sigset_t& mask)
        : program_(std::move(program)), arguments_(std::move(arguments)), mask_(mask) {
        for (const unique_fd& fd : sockets)
            passed_.push_back(fd.get());
        passed_.push_back(ready);
        staged_.resize(passed_.size());
        list_environment();
        for (std::string& word : arguments_)
            argv_.push_back(word.data());
        for (std::string& variable : environment_)
            envp_.push_back(variable.data());
        envp_.push_back(pid_text_.data());
        argv_.push_back(nullptr);
        envp_.push_back(nullptr);
    }

    /// In the child. Writes errno into the pipe when it comes back.
    [[noreturn]] void become() noexcept {
        write_pid(::getpid());
        std::signal(SIGPIPE, SIG_DFL); // the one signal that the server ignores
        ::sigprocmask(SIG_SETMASK, &mask_, nullptr);
        if (place_descriptors())
            ::execve(program_.c_str(), argv_.data(), envp_.data());
        const int why = errno;
        [[maybe_unused]] const ssize_t n = ::write(passed_.back(), &why, sizeof why);
        ::_exit(127);
    }

  private:
    int number_of_ready() const noexcept {
        return first_passed_fd + static_cast<int>(passed_.size()) - 1;
    }

    void list_environment() {
        static constexpr std::string_view ours[] = {
            "LISTEN_FDS=", "LISTEN_PID=", "LISTEN_FDNAMES=", "LISTEN_PIDFDID="};
        const std::string ready = std::string(ready_variable) + '=';
        for (char** v = environ; v != nullptr && *v != nullptr; ++v) {
            const std::string_view variable = *v;
            bool drop = variable.starts_with(ready);
            for (const std::string_view name : ours)
                drop = drop || variable.starts_with(name);
            if (!drop)
                environment_.emplace_back(variable);
        }
        environment_.push_back("LISTEN_FDS=" + std::to_string(passed_.size() - 1));
        environment_.push_back(ready + std::to_string(number_of_ready()));
    }

    void write_pid(pid_t pid) noexcept {
        char digits[16];
        std::size_t count = 0;
        for (; pid != 0; pid /= 10)
            digits[count++] = static_cast<char>('0' + pid % 10);
        char* to = pid_text_.data() + std::strlen(pid_text_.data());
        while (count != 0)
            *to++ = digits[--count];
    }

    // First above all numbers that are to be taken, for they may have descriptors on them that are
    // still to be placed.
    bool place_descriptors() noexcept {
        const int above = number_of_ready() + 1;
        for (std::size_t i = 0; i < passed_.size(); ++i)
            if ((staged_[i] = ::fcntl(passed_[i], F_DUPFD_CLOEXEC, above)) < 0)
                return false;
        passed_.back() = staged_.back(); // to write to when something fails from here on
        for (std::size_t i = 0; i < staged_.size(); ++i)
            if (::dup2(staged_[i], first_passed_fd + static_cast<int>(i)) < 0)
                return false;
        return true;
    }

    std::string program_;
    std::vector<std::string> arguments_;
    std::vector<std::string> environment_;
    std::array<char, 32> pid_text_{"LISTEN_PID="};
    std::vector<char*> argv_, envp_;
    std::vector<int> passed_, staged_; // the last is that of the pipe
    sigset_t mask_;
};

std::string what_became_of(pid_t pid, int status) {
    const std::string who = "the new process " + std::to_string(pid);
    if (WIFEXITED(status))
        return who + " has ended with exit code " + std::to_string(WEXITSTATUS(status));
    return who + " was ended by signal " + std::to_string(WTERMSIG(status));
}

// What this program was called by, where that leads to it: a link on the way may lead to another
// version later. Else where its file was.
std::string path_of_this_program(const std::string& called) {
    const char* const itself = "/proc/self/exe";
    std::error_code failed;
    if (called.find('/') != called.npos && std::filesystem::equivalent(called, itself, failed))
        return std::filesystem::absolute(called, failed).string();
    std::string path = std::filesystem::read_symlink(itself, failed).string();
    constexpr std::string_view replaced = " (deleted)"; // since then, says the kernel
    if (path.ends_with(replaced) && !std::filesystem::exists(path, failed))
        path.resize(path.size() - replaced.size());
    return path;
}

} // namespace

handover::handover() {
    std::ifstream words("/proc/self/cmdline", std::ios::binary);
    for (std::string word; std::getline(words, word, '\0');)
        arguments_.push_back(word);
    if (!arguments_.empty())
        program_ = path_of_this_program(arguments_.front());
}

void handover::begin(const std::vector<unique_fd>& sockets, const sigset_t& mask,
                     std::chrono::seconds most) {
    if (program_.empty() || arguments_.empty())
        throw std::runtime_error("this program's name is not known: /proc is not mounted");
    if (::getpid() == 1)
        throw std::runtime_error("this is process 1, and with its end all others would end: "
                                 "restart its container instead");
    int pipe[2];
    if (::pipe2(pipe, O_CLOEXEC) != 0)
        throw std::runtime_error(std::string("no pipe: ") + std::strerror(errno));
    unique_fd from(pipe[0]);
    const unique_fd to(pipe[1]);
    launch child(program_, arguments_, sockets, to.get(), mask);
    const pid_t pid = ::fork();
    if (pid == 0)
        child.become();
    if (pid < 0)
        throw std::runtime_error(std::string("no new process: ") + std::strerror(errno));
    ::fcntl(from.get(), F_SETFL, O_NONBLOCK);
    pid_ = pid;
    ready_ = std::move(from);
    until_ = steady_clock::now() + most;
}

milliseconds handover::time_left() const {
    const auto left = std::chrono::ceil<milliseconds>(until_ - steady_clock::now());
    return std::max(left, milliseconds(0));
}

handover::state handover::look() {
    int why = 0; // the child writes errno, a server that serves one byte
    const ssize_t got = ::read(ready_.get(), &why, sizeof why);
    if (got == 1) {
        ready_.reset();
        return state::served;
    }
    const bool silent = got < 0 && (errno == EAGAIN || errno == EINTR);
    if (silent && time_left().count() != 0)
        return state::waiting;
    const int status = end_successor(silent ? milliseconds(0) : milliseconds(2000));
    if (got == sizeof why)
        problem_ = "cannot start '" + program_ + "': " + std::strerror(why);
    else if (silent)
        problem_ = "the new process " + std::to_string(pid_) + " did not serve in time";
    else
        problem_ = what_became_of(pid_, status);
    return state::failed;
}

// Also for one that has closed the pipe without a word: two servers are not to go on side by side.
// But most likely it is ending, for a reason of its own that the operator has to hear of.
int handover::end_successor(milliseconds patience) noexcept {
    ready_.reset();
    int status = 0;
    for (constexpr milliseconds step(10); patience.count() > 0; patience -= step) {
        if (::waitpid(pid_, &status, WNOHANG) == pid_)
            return status;
        ::poll(nullptr, 0, step.count());
    }
    ::kill(pid_, SIGKILL);
    while (::waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
    return status;
}

void handover::give_up() noexcept {
    if (under_way())
        end_successor(milliseconds(0));
}

} // namespace ringlet

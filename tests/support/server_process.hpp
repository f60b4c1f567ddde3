// The real server as a process of its own, on a free port of the loopback.
#pragma once

#include "support/catch.hpp"
#include "support/child_process.hpp"

#include <cstdint>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>
#include <utility>
#include <vector>

namespace ringlet::testing {

/// What a line of /proc/PID/status says; empty if there is none of that name.
inline std::string status_of(pid_t pid, const std::string& name) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/status");
    for (std::string line; std::getline(file, line);) {
        if (!line.starts_with(name + ":\t"))
            continue;
        const std::size_t end = line.find_last_not_of(' ') + 1;
        return line.substr(name.size() + 2, end - name.size() - 2);
    }
    return {};
}

/// Of that process; throws when there is no such.
inline std::size_t open_descriptors_of(pid_t pid) {
    const std::filesystem::directory_iterator all("/proc/" + std::to_string(pid) + "/fd");
    return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

/// Started by the constructor and serving when that returns. The destructor asks it to end and
/// fails the test, with what the server has printed, if it had crashed, does not end, or does not
/// end with 0.
class server_process {
  public:
    explicit server_process(std::vector<std::string> command,
                            std::function<void()> before_exec = {})
        : process_(std::move(command), std::move(before_exec)) {
        const std::string printed = process_.err().wait_until([](const std::string& text) {
            return text.find("http://127.0.0.1:") != text.npos && text.find(')') != text.npos;
        });
        const std::string mark = "http://127.0.0.1:";
        const std::size_t at = printed.find(mark);
        if (at == printed.npos)
            FAIL("the server did not start: " + printed);
        port_ = static_cast<std::uint16_t>(std::stoi(printed.substr(at + mark.size())));
    }
    server_process(const server_process&) = delete;
    server_process& operator=(const server_process&) = delete;

    ~server_process() noexcept(false) {
        if (std::uncaught_exceptions() != unwinding_) {
            std::cerr << "--- the server has printed:\n" << process_.err().text() << "---\n";
            return;
        }
        if (!ended_) {
            process_.signal(SIGTERM);
            expect_exit(0);
        }
    }

    std::uint16_t port() const noexcept { return port_; }
    pid_t pid() const noexcept { return process_.pid(); }
    collected_output& out() noexcept { return process_.out(); }
    collected_output& err() noexcept { return process_.err(); }
    void signal(int number) const { process_.signal(number); }

    /// Waits until `text` is in what the server prints on standard error, which is returned, or
    /// fails.
    std::string expect_printed(const std::string& text) {
        const std::string printed =
            err().wait_until([&](const std::string& all) { return all.find(text) != all.npos; });
        INFO("the server has printed: " << printed);
        REQUIRE(printed.find(text) != printed.npos);
        return printed;
    }

    /// Waits for the end and compares the exit code (1000 plus the signal after a crash).
    void expect_exit(int code) {
        ended_ = true;
        const int exited = process_.exit_code();
        const std::string printed =
            exited == -1 ? process_.err().text() : process_.err().wait_for_end();
        INFO("the server has printed: " << printed);
        CHECK(exited == code);
        CHECK(printed.find("Sanitizer") == printed.npos);
    }

    /// The same, where others go on printing to where it does.
    void expect_end(int code) {
        ended_ = true;
        const int exited = process_.exit_code();
        INFO("the server has printed: " << process_.err().text());
        CHECK(exited == code);
    }

    /// Whether it still runs.
    bool alive() { return !process_.wait(std::chrono::milliseconds(0)); }

    std::size_t open_descriptors() const { return open_descriptors_of(pid()); }

    /// Whether no more descriptors are open than `before`, or that comes true soon.
    bool back_to(std::size_t before) const {
        return eventually([&] { return open_descriptors() <= before; });
    }

  private:
    child_process process_;
    std::uint16_t port_ = 0;
    bool ended_ = false;
    int unwinding_ = std::uncaught_exceptions();
};

/// The command that serves `root` on a free port.
inline std::vector<std::string> serve(const std::filesystem::path& root,
                                      std::vector<std::string> more = {}) {
    std::vector<std::string> command{RINGLET_PROGRAM, root.string(), "--listen", "127.0.0.1:0"};
    command.insert(command.end(), more.begin(), more.end());
    return command;
}

} // namespace ringlet::testing

// The curl program, where it is installed.
#pragma once

#include "support/catch.hpp"
#include "support/child_process.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace ringlet::testing {

struct curl_result {
    int exit_code = -1;
    std::string out;
};

inline bool curl_is_there() {
    if (std::string_view(RINGLET_CURL).empty()) {
        WARN("there was no curl when the tests were configured");
        return false;
    }
    return true;
}

inline std::string url(std::uint16_t port, const std::string& target) {
    return "http://127.0.0.1:" + std::to_string(port) + target;
}

inline curl_result curl(std::vector<std::string> arguments) {
    std::vector<std::string> command{RINGLET_CURL, "--silent",     "--disable",  "--noproxy",
                                     "*",          "--path-as-is", "--max-time", "30"};
    command.insert(command.end(), arguments.begin(), arguments.end());
    child_process process(std::move(command));
    curl_result r;
    r.out = process.out().wait_for_end();
    r.exit_code = process.exit_code();
    return r;
}

} // namespace ringlet::testing

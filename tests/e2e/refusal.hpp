// What becomes of a server that cannot start.
#pragma once

#include "support/catch.hpp"
#include "support/child_process.hpp"

#include <algorithm>
#include <functional>
#include <initializer_list>
#include <string>
#include <vector>

namespace ringlet::testing {

struct refusal {
    int exit_code;
    std::string printed;
};

inline refusal start(const std::vector<std::string>& command,
                     std::function<void()> before_exec = {}) {
    child_process process(command, std::move(before_exec));
    refusal r;
    r.exit_code = process.exit_code();
    if (r.exit_code != -1)
        r.printed = process.err().wait_for_end();
    return r;
}

/// One line, exit 2, and all of `words` in it.
inline void expect_refusal(const refusal& r, std::initializer_list<std::string> words) {
    CAPTURE(r.printed);
    CHECK(r.exit_code == 2);
    CHECK(std::count(r.printed.begin(), r.printed.end(), '\n') == 1);
    for (const std::string& word : words) {
        CAPTURE(word);
        CHECK(r.printed.find(word) != r.printed.npos);
    }
}

} // namespace ringlet::testing

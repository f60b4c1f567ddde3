// What a client sends on one connection, made from a fuzzer's bytes, and what it may expect.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ringlet::fuzz {

/// Whether the connection lives on after an answer.
enum class afterwards { goes_on, may_end, ends };

/// A request of the pipeline, and its answer.
struct asked {
    std::size_t begin = 0; // in the pipeline
    std::size_t end = 0;
    bool is_head = false; // the method HEAD
    bool is_old = false;  // HTTP/1.0
    unsigned status = 200;
    std::optional<std::string> content; // of the answer, where it is known
    bool malformed = false; // its content, which is 400 if that is seen before the answer is given
    bool reads = false;     // its handler reads the content...
    bool expects = false;   // ...which the client is to be told to send
    bool waits = false;     // its answer takes time, in which the client's end is noticed
    afterwards then = afterwards::goes_on;
};

struct pipeline {
    std::string bytes;
    std::vector<asked> requests;
    std::size_t raw = std::string::npos; // from here on: whatever the fuzzer wanted
};

/// Takes instructions until `input` is empty, or there are enough of them.
pipeline make_pipeline(std::string_view input);

} // namespace ringlet::fuzz

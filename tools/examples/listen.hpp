// The command line of the examples: names that begin with --, each with its value behind it.
#pragma once

#include <chrono>
#include <ringlet/server.hpp>
#include <string>
#include <string_view>

namespace example {

/// The value behind `name`, or `otherwise`.
inline std::string option(int argc, char** argv, std::string_view name, std::string otherwise) {
    for (int i = 1; i + 1 < argc; i += 2)
        if (argv[i] == name)
            return argv[i + 1];
    return otherwise;
}

/// Where to listen: --listen ADDR:PORT; and with how many threads: --workers N.
inline ringlet::run_options listen(int argc, char** argv) {
    ringlet::run_options options;
    options.listen = {option(argc, argv, "--listen", "127.0.0.1:8080")};
    options.workers = static_cast<unsigned>(std::stoul(option(argc, argv, "--workers", "0")));
    return options;
}

/// Another server.
struct address {
    std::string host;
    std::uint16_t port;
    std::string text;              // both, as Host has them (RFC 9110 section 7.2)
    std::chrono::seconds patience; // how long its answer may take
};

/// The one that --to HOST:PORT names, and --patience SECONDS.
inline address to(int argc, char** argv) {
    const std::string text = option(argc, argv, "--to", "127.0.0.1:8081");
    const std::size_t colon = text.rfind(':');
    const std::string port = colon == text.npos ? "80" : text.substr(colon + 1);
    const std::chrono::seconds patience(std::stoi(option(argc, argv, "--patience", "30")));
    return {text.substr(0, colon), static_cast<std::uint16_t>(std::stoi(port)), text, patience};
}

} // namespace example

// What the command line says.
#pragma once

#include "hold.hpp"

#include <chrono>
#include <cstdint>
#include <string>

namespace ringlet::models {

struct settings {
    std::string model;
    std::string folder = ".";
    std::uint16_t port = 8080; // 0: any free one
    int backlog = 4096;        // connections that the kernel keeps until they are accepted
    unsigned workers = 0;      // processes or threads, where the model has a number; 0: its own
    hold_range hold;
    std::chrono::milliseconds compute{0}; // for requests with the query "compute"
    /// For whoever keeps the server waiting: the next request, or room for an answer.
    std::chrono::seconds patience{5};
};

} // namespace ringlet::models

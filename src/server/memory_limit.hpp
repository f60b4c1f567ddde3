// How much memory there is for this process.
#pragma once

#include <cstdint>
#include <filesystem>

namespace ringlet {

/// In bytes: the machine's, or what its control groups (v1 or v2) leave it. `root` is where /proc
/// and /sys are.
std::uint64_t memory_of_process(const std::filesystem::path& root = "/");

} // namespace ringlet

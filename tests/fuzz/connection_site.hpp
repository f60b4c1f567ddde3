// The site of the connection target: a route of each kind, and a folder.
#pragma once

#include "server/site.hpp"

#include <string>
#include <string_view>

namespace ringlet::fuzz {

/// Made once. Its folder is removed when the process ends.
const site& the_site();

inline constexpr std::size_t small_limit = 100; // of what /small reads

// What a GET or POST gives, where it is not what was sent.
inline constexpr std::string_view hello_text = "hello";
inline constexpr std::string_view slept_text = "slept";
inline constexpr std::string_view ignored_text = "ignored";
std::string stream_text();       // of /stream and /sized
const std::string& small_file(); // /files/small.txt
const std::string& large_file(); // /files/large.bin

} // namespace ringlet::fuzz

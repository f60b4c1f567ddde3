// What becomes of symbolic links in a served folder.
#pragma once

#include <cstdint>

namespace ringlet {

/// The kernel decides, while it looks a path up (openat2), so that nobody can change a link in
/// between. What is not to be reached is 404.
enum class symlinks : std::uint8_t {
    inside, // followed, but not out of the folder
    follow, // wherever they lead, beyond the folder too: for those who trust whoever can write
            // there
    deny,   // not followed
};

} // namespace ringlet

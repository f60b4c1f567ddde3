// A decoded path is normalised, and comes back from its encoded form.
#include "http/target.hpp"
#include "fuzz/fuzz.hpp"

#include <string>

namespace ringlet::fuzz {
namespace {

void check_path(std::string_view raw) {
    std::string path;
    if (http::decode_path(raw, path) != http::status::ok)
        return;
    require(path.starts_with('/') && path.find('\0') == path.npos);
    require(path.size() <= raw.size());
    const std::string closed = path + '/';
    for (const char* segment : {"//", "/./", "/../"})
        require(closed.find(segment) == closed.npos ||
                (path.ends_with('/') && *(segment + 1) == '/'));
    http::is_hidden(path);
    std::string encoded, again;
    http::encode_path(path, encoded);
    require(http::decode_path(encoded, again) == http::status::ok && again == path);
}

} // namespace

void run(std::string_view input) {
    const exact_copy copy(input);
    for (const http::verb method : {http::verb::get, http::verb::options, http::verb::connect}) {
        const auto split = http::split_target(copy.view(), method);
        if (!split)
            continue;
        require(split->authority.empty() || http::is_authority(split->authority));
        require(split->path.empty() || split->path.starts_with('/'));
        check_path(split->path);
    }
    http::is_authority(copy.view());
    check_path(copy.view());
}

} // namespace ringlet::fuzz

#include "http/mime.hpp"

#include "http/syntax.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <functional>
#include <utility>

namespace ringlet::http {
namespace {

constexpr std::string_view unknown_type = "application/octet-stream";
constexpr std::string_view utf8_parameter = "; charset=utf-8";
constexpr std::size_t suffix_bytes_max = 24;

enum class on_load : bool { replaceable, pinned };

struct built_in_type {
    std::string_view suffix;
    std::string_view type;
    on_load policy;
};

constexpr auto built_in = [] {
    using enum on_load;
    return std::to_array<built_in_type>({
        {"3gp", "video/3gpp", replaceable},
        {"7z", "application/x-7z-compressed", replaceable},
        {"aac", "audio/aac", pinned},
        {"apk", "application/vnd.android.package-archive", replaceable},
        {"apng", "image/apng", pinned},
        {"atom", "application/atom+xml", pinned},
        {"avi", "video/x-msvideo", replaceable},
        {"avif", "image/avif", pinned},
        {"bmp", "image/bmp", pinned},
        {"br", "application/x-brotli", replaceable},
        {"bz2", "application/x-bzip2", replaceable},
        {"c", "text/x-c; charset=utf-8", replaceable},
        {"cjs", "text/javascript; charset=utf-8", pinned},
        {"conf", "text/plain; charset=utf-8", replaceable},
        {"css", "text/css; charset=utf-8", pinned},
        {"csv", "text/csv; charset=utf-8", pinned},
        {"cur", "image/vnd.microsoft.icon", pinned},
        {"deb", "application/vnd.debian.binary-package", replaceable},
        {"dmg", "application/x-apple-diskimage", replaceable},
        {"doc", "application/msword", replaceable},
        {"docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
         replaceable},
        {"eot", "application/vnd.ms-fontobject", pinned},
        {"epub", "application/epub+zip", replaceable},
        {"flac", "audio/flac", pinned},
        {"geojson", "application/geo+json", pinned},
        {"gif", "image/gif", pinned},
        {"glb", "model/gltf-binary", replaceable},
        {"gltf", "model/gltf+json", replaceable},
        {"gpx", "application/gpx+xml", replaceable},
        {"gz", "application/gzip", pinned},
        {"h", "text/x-c; charset=utf-8", replaceable},
        {"heic", "image/heic", replaceable},
        {"heif", "image/heif", replaceable},
        {"htm", "text/html; charset=utf-8", pinned},
        {"html", "text/html; charset=utf-8", pinned},
        {"ico", "image/vnd.microsoft.icon", pinned},
        {"ics", "text/calendar; charset=utf-8", replaceable},
        {"iso", "application/x-iso9660-image", replaceable},
        {"jar", "application/java-archive", replaceable},
        {"jfif", "image/jpeg", pinned},
        {"jpeg", "image/jpeg", pinned},
        {"jpg", "image/jpeg", pinned},
        {"js", "text/javascript; charset=utf-8", pinned}, // RFC 9239
        {"json", "application/json", pinned},
        {"jsonld", "application/ld+json", pinned},
        {"jxl", "image/jxl", pinned},
        {"kml", "application/vnd.google-earth.kml+xml", replaceable},
        {"log", "text/plain; charset=utf-8", replaceable},
        {"m3u8", "application/vnd.apple.mpegurl", pinned},
        {"m4a", "audio/mp4", pinned},
        {"m4s", "video/iso.segment", pinned},
        {"m4v", "video/mp4", pinned},
        {"map", "application/json", pinned}, // of sources: ECMA-426
        {"markdown", "text/markdown; charset=utf-8", pinned},
        {"md", "text/markdown; charset=utf-8", pinned},
        {"mjs", "text/javascript; charset=utf-8", pinned},
        {"mkv", "video/x-matroska", replaceable},
        {"mov", "video/quicktime", replaceable},
        {"mp3", "audio/mpeg", pinned},
        {"mp4", "video/mp4", pinned},
        {"mpd", "application/dash+xml", pinned},
        {"mpeg", "video/mpeg", replaceable},
        {"mpg", "video/mpeg", replaceable},
        {"odp", "application/vnd.oasis.opendocument.presentation", replaceable},
        {"ods", "application/vnd.oasis.opendocument.spreadsheet", replaceable},
        {"odt", "application/vnd.oasis.opendocument.text", replaceable},
        {"oga", "audio/ogg", pinned},
        {"ogg", "audio/ogg", pinned},
        {"ogv", "video/ogg", pinned},
        {"opus", "audio/ogg", pinned},
        {"otf", "font/otf", pinned},
        {"pdf", "application/pdf", pinned},
        {"png", "image/png", pinned},
        {"ppt", "application/vnd.ms-powerpoint", replaceable},
        {"pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation",
         replaceable},
        {"ps", "application/postscript", replaceable},
        {"py", "text/x-python; charset=utf-8", replaceable},
        {"rar", "application/vnd.rar", replaceable},
        {"rpm", "application/x-rpm", replaceable},
        {"rss", "application/rss+xml", pinned},
        {"rtf", "application/rtf", replaceable},
        {"sh", "text/x-shellscript; charset=utf-8", replaceable},
        {"shtml", "text/html; charset=utf-8", pinned},
        {"sqlite", "application/vnd.sqlite3", replaceable},
        {"srt", "application/x-subrip", replaceable},
        {"svg", "image/svg+xml", pinned},
        {"tar", "application/x-tar", pinned},
        {"tgz", "application/gzip", pinned},
        {"tif", "image/tiff", replaceable},
        {"tiff", "image/tiff", replaceable},
        {"toml", "application/toml", replaceable},
        {"torrent", "application/x-bittorrent", replaceable},
        {"ts", "video/mp2t", pinned}, // what a browser fetches is a stream segment
        {"tsv", "text/tab-separated-values; charset=utf-8", replaceable},
        {"ttc", "font/collection", pinned},
        {"ttf", "font/ttf", pinned},
        {"txt", "text/plain; charset=utf-8", pinned},
        {"vcf", "text/vcard; charset=utf-8", replaceable},
        {"vtt", "text/vtt; charset=utf-8", pinned},
        {"wasm", "application/wasm", pinned}, // anything else breaks streaming compilation
        {"wav", "audio/wav", pinned},
        {"weba", "audio/webm", pinned},
        {"webm", "video/webm", pinned},
        {"webmanifest", "application/manifest+json", pinned},
        {"webp", "image/webp", pinned},
        {"woff", "font/woff", pinned},
        {"woff2", "font/woff2", pinned},
        {"xhtml", "application/xhtml+xml", pinned},
        {"xls", "application/vnd.ms-excel", replaceable},
        {"xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", replaceable},
        {"xml", "application/xml", pinned},
        {"xsl", "application/xslt+xml", pinned},
        {"xslt", "application/xslt+xml", pinned},
        {"xz", "application/x-xz", replaceable},
        {"yaml", "application/yaml", pinned}, // RFC 9512
        {"yml", "application/yaml", pinned},
        {"zip", "application/zip", pinned},
        {"zst", "application/zstd", pinned},
    });
}();

// Strictly, so that no suffix is there twice.
static_assert(std::ranges::adjacent_find(built_in, std::ranges::greater_equal{},
                                         &built_in_type::suffix) == built_in.end());

template <class Table>
auto* find_suffix(const Table& table, std::string_view suffix) noexcept {
    using row = typename Table::value_type;
    const auto found = std::ranges::lower_bound(table, suffix, {}, &row::suffix);
    return found != table.end() && found->suffix == suffix ? &*found : nullptr;
}

bool is_media_type(std::string_view text) noexcept {
    const std::size_t slash = text.find('/');
    return slash != std::string_view::npos && is_token(text.substr(0, slash)) &&
           is_token(text.substr(slash + 1));
}

std::string_view take_word(std::string_view& line) noexcept {
    constexpr std::string_view blank = " \t\r\f\v";
    line.remove_prefix(std::min(line.find_first_not_of(blank), line.size()));
    const std::string_view word = line.substr(0, line.find_first_of(blank));
    line.remove_prefix(word.size());
    return word;
}

/// Without its dot; empty when there is none.
std::string_view last_suffix(std::string_view path) noexcept {
    const std::size_t segment = path.rfind('/') + 1; // npos + 1 is 0
    const std::size_t dot = path.rfind('.');
    if (dot == std::string_view::npos || dot <= segment)
        return {};
    return path.substr(dot + 1);
}

std::string lowered(std::string_view text) {
    std::string lower{text};
    std::ranges::transform(lower, lower.begin(), to_lower);
    return lower;
}

} // namespace

std::string_view mime_types::keep(std::string text) {
    return texts_.emplace_back(std::move(text));
}

void mime_types::load_line(std::string_view line) {
    line = line.substr(0, line.find('#'));
    const std::string_view type_word = take_word(line);
    if (!is_media_type(type_word))
        return;
    std::string_view type; // kept once the first suffix needs it
    for (auto word = take_word(line); !word.empty(); word = take_word(line)) {
        // What has a dot in it (`spdx.json`) is never the last suffix.
        if (!is_token(word) || word.size() > suffix_bytes_max || word.find('.') != word.npos)
            continue;
        std::string suffix = lowered(word);
        const built_in_type* known = find_suffix(built_in, suffix);
        if (known && known->policy == on_load::pinned)
            continue;
        if (type.empty()) {
            const bool is_text = lowered(type_word).starts_with("text/");
            type = keep(std::string{type_word}.append(is_text ? utf8_parameter : ""));
        }
        const auto at = std::ranges::lower_bound(loaded_, suffix, {}, &entry::suffix);
        if (at != loaded_.end() && at->suffix == suffix)
            at->type = type;
        else
            loaded_.insert(at, {keep(std::move(suffix)), type});
    }
}

void mime_types::load(std::string_view text) {
    while (!text.empty()) {
        const std::size_t newline = text.find('\n');
        load_line(text.substr(0, newline));
        text.remove_prefix(newline == std::string_view::npos ? text.size() : newline + 1);
    }
}

std::string_view mime_types::content_type(std::string_view path) const noexcept {
    const std::string_view as_named = last_suffix(path);
    if (as_named.empty() || as_named.size() > suffix_bytes_max)
        return unknown_type;
    std::array<char, suffix_bytes_max> buffer;
    std::ranges::transform(as_named, buffer.begin(), to_lower);
    const std::string_view suffix{buffer.data(), as_named.size()};
    if (const entry* found = find_suffix(loaded_, suffix))
        return found->type;
    if (const built_in_type* found = find_suffix(built_in, suffix))
        return found->type;
    return unknown_type;
}

} // namespace ringlet::http

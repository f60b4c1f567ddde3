// What the requests of the connection target are made of.
#pragma once

#include "fuzz/connection_site.hpp"

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace ringlet::fuzz {

// --- routes ---

enum class gives { text, echo, stream, nothing, file, fault };

struct place {
    std::string_view target;
    std::string_view method; // empty: there is no such place
    gives what;
    std::string_view content = {};
    bool waits = false;
};

inline constexpr std::array places{
    place{"/hello", "GET", gives::text, hello_text},
    place{"/sleep", "GET", gives::text, slept_text, true},
    place{"/echo", "POST", gives::echo},
    place{"/late", "POST", gives::echo, {}, true},
    place{"/small", "POST", gives::echo},
    place{"/ignore", "POST", gives::text, ignored_text},
    place{"/stream", "GET", gives::stream, {}, true},
    place{"/sized", "GET", gives::stream, {}, true},
    place{"/nothing", "DELETE", gives::nothing},
    place{"/files/small.txt", "GET", gives::file},
    place{"/files/large.bin", "GET", gives::file},
    place{"/throw", "GET", gives::fault},
    place{"/missing", "", gives::fault},
    place{"/h%65llo?q=/%zz", "GET", gives::text, hello_text},
    place{"http://h:80/x/../hello", "GET", gives::text, hello_text},
    place{"/files//./x/../small.txt", "GET", gives::file},
};

inline constexpr std::array<std::string_view, 8> methods{"",    "HEAD",    "GET",    "POST",
                                                         "PUT", "OPTIONS", "DELETE", "HEAD"};

// --- fields ---

struct option {
    std::string_view line;
    bool close = false, keep_alive = false;
};

inline constexpr std::array options{
    option{""},
    option{"Connection: close\r\n", true},
    option{"Connection: keep-alive\r\n", false, true},
    option{"Connection: keep-alive, CLOSE\r\n", true, true},
    option{"connection: x ,\tKeep-Alive\r\n", false, true},
    option{"Connection: upgrade\r\nUpgrade: websocket\r\n"},
    option{"Connection: keep-alive\r\nConnection: close\r\n", true, true},
    option{"Keep-Alive: close\r\n"},
};

// Ranges and preconditions, and what they make of a file.
struct condition {
    std::string_view lines;
    unsigned status = 200;
    unsigned head_status = 200;
    std::size_t first = 0, length = std::string::npos; // of a 206
};

inline constexpr std::array conditions{
    condition{""},
    condition{"Range: bytes=0-3\r\n", 206, 200, 0, 4},
    condition{"Range: bytes=5-\r\n", 206, 200, 5},
    condition{"Range: bytes=10-10, 11-13\r\n", 206, 200, 10, 4},
    condition{"Range: bytes=999999999-\r\n", 416},
    condition{"Range: bytes=3-1\r\n"},
    condition{"Range: bytes=0-3\r\nRange: bytes=0-3\r\n"},
    condition{"Range: bytes=0-3\r\nIf-Range: \"x\"\r\n"},
    condition{"If-None-Match: *\r\n", 304, 304},
    condition{"If-Match: \"x\"\r\n", 412, 412},
    condition{"If-Modified-Since: Sat, 01 Jan 2000 00:00:00 GMT\r\n"},
    condition{"If-Unmodified-Since: Sat, 01 Jan 2000 00:00:00 GMT\r\n", 412, 412},
    condition{"Accept-Encoding: br, gzip\r\nAccept: application/json\r\n"},
    condition{"Cookie: a=b\r\nX: \t\r\n"},
    condition{"If-None-Match: \"x\"\r\nX-Long: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n"},
    condition{"Range: bytes=0-3\r\nIf-None-Match: *\r\n", 304, 304},
};

// --- what is refused ---

struct malformed {
    std::string_view head;
    unsigned status = 400;
};

inline constexpr std::array refused{
    malformed{"GET /hello HTTP/1.1\r\n\r\n"},
    malformed{"GET /hello HTTP/1.1\r\nHost: h\r\nHost: h\r\n\r\n"},
    malformed{"GET /hello HTTP/1.1\nHost: h\n\n"},
    malformed{"GET /hello HTTP/1.1\r\nHost : h\r\n\r\n"},
    malformed{"GET /hello HTTP/1.1\r\nHost: h\r\n X: folded\r\n\r\n"},
    malformed{"POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\n"},
    malformed{"POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: +5\r\n\r\n"},
    malformed{"POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n"
              "Transfer-Encoding: chunked\r\n\r\n"},
    malformed{"POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip\r\n\r\n"},
    malformed{"POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501},
    malformed{"POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n"},
    malformed{"FROB /hello HTTP/1.1\r\nHost: h\r\n\r\n", 501},
    malformed{"GET /hello HTTP/2.0\r\nHost: h\r\n\r\n", 505},
    malformed{"GET /../hello HTTP/1.1\r\nHost: h\r\n\r\n"},
    malformed{"GET /hello HTTP/1.1\r\nHost: h\r\nExpect: more\r\n\r\n", 417},
    malformed{"GET /a b HTTP/1.1\r\nHost: h\r\n\r\n"},
};

} // namespace ringlet::fuzz

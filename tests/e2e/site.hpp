// A site with files of every awkward size and name, made for the test, and the requests for them.
#pragma once

#include "support/sockets.hpp"
#include "support/temporary_folder.hpp"

#include <cctype>
#include <cstddef>
#include <fstream>
#include <functional>
#include <iterator>
#include <map>
#include <string>
#include <string_view>

namespace ringlet::testing {

/// Bytes that no other seed has.
inline std::string content(std::string_view seed, std::size_t bytes) {
    return pattern(bytes, std::hash<std::string_view>{}(seed) | 1);
}

inline std::string read_file(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
}

/// Every byte but the unreserved ones and '/' as %XX.
inline std::string target_of(std::string_view path) {
    static constexpr char hex[] = "0123456789ABCDEF";
    std::string target = "/";
    for (const char c : path) {
        const auto u = static_cast<unsigned char>(c);
        if (std::isalnum(u) || std::string_view("-._~/").find(c) != std::string_view::npos) {
            target += c;
        } else {
            target += '%';
            target += hex[u >> 4];
            target += hex[u & 15];
        }
    }
    return target;
}

class test_site {
  public:
    test_site() {
        add("index.html", 700);
        add("pages/index.html", 1234);
        add("pages/deep/er/page.html", 5000);
        add("empty.txt", 0);
        add("one.txt", 1);
        for (const std::size_t edge : {std::size_t{16}, std::size_t{64}, std::size_t{128}})
            for (const int off : {-1, 0, 1})
                add("edge-" + std::to_string(edge) + "-" + std::to_string(off + 1) + ".bin",
                    edge * 1024 + static_cast<std::size_t>(off));
        add("big.bin", (1 << 20) + 3);
        add("photo.png", 3 << 20);
        add("huge.txt", 3 * (1 << 20) + 1);
        add("a file with spaces.css", 4000);
        add("\xc3\xbc"
            "ber uns.html",
            4001); // U+00FC
        add("100%25.txt", 42);
        add("plus+and&=;,'()!$@:*.txt", 43);
        for (const char* suffix : {"", ".br", ".zst", ".gz"})
            add(std::string("app.js") + suffix, 20'000 + std::string_view(suffix).size());
        add("style.css", 9000);
        add("style.css.gz", 900);
        add("big.svg", 400'000);
        add("big.svg.br", 300'000);
    }

    const std::filesystem::path& path() const noexcept { return folder_.path(); }
    const std::map<std::string, std::string>& files() const noexcept { return files_; }
    const std::string& operator[](const std::string& name) const { return files_.at(name); }

    const std::string& add(const std::string& name, std::size_t bytes) {
        return write(name, content(name, bytes));
    }
    const std::string& write(const std::string& name, std::string bytes) {
        std::filesystem::create_directories((path() / name).parent_path());
        folder_.write(name, bytes);
        return files_[name] = std::move(bytes);
    }

  private:
    temporary_folder folder_;
    std::map<std::string, std::string> files_;
};

} // namespace ringlet::testing

// A folder that exists as long as its test.
#pragma once

#include "base/unique_fd.hpp"
#include "support/sockets.hpp"

#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

namespace ringlet::testing {

class temporary_folder {
  public:
    temporary_folder() {
        std::string name = (std::filesystem::temp_directory_path() / "ringlet-XXXXXX").string();
        if (mkdtemp(name.data()) == nullptr)
            checked(-1, "mkdtemp");
        path_ = name;
        fd_ = unique_fd(checked(open(name.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC), "open"));
    }
    temporary_folder(const temporary_folder&) = delete;
    temporary_folder& operator=(const temporary_folder&) = delete;
    ~temporary_folder() { std::filesystem::remove_all(path_); }

    int fd() const noexcept { return fd_.get(); }
    const std::filesystem::path& path() const noexcept { return path_; }

    void write(const std::string& name, std::string_view content) const {
        std::ofstream file(path_ / name, std::ios::binary);
        file.write(content.data(), static_cast<std::streamsize>(content.size()));
    }
    void link(const std::string& target, const std::string& name) const {
        std::filesystem::create_symlink(target, path_ / name);
    }

  private:
    std::filesystem::path path_;
    unique_fd fd_;
};

} // namespace ringlet::testing

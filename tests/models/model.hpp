// The model that the suite is run for, which the environment names, and what may differ.
#pragma once

#include "e2e/site.hpp" // target_of()
#include "models/core/hold.hpp"
#include "support/raw_client.hpp"
#include "support/server_process.hpp"

#include <array>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace ringlet::testing {

inline std::string model() {
    const char* name = std::getenv("RINGLET_MODEL");
    return name != nullptr ? name : "iterative";
}

/// What all of them serve.
class model_site {
  public:
    model_site() {
        add("index.html", 700);
        add("pages/index.html", 1234);
        add("pages/deep/er/page.html", 5000);
        add("empty.txt", 0);
        add("one.txt", 1);
        add("photo.png", 3000);
        add("style.css", 9000);
        add("a file with spaces.css", 4000);
        for (const std::size_t size : {65'535, 65'536, 65'537}) // around the block that is read
            add("edge-" + std::to_string(size) + ".bin", size);
        add("big.bin", 200'003);
    }

    const std::filesystem::path& path() const noexcept { return folder_.path(); }
    const std::string& operator[](const std::string& name) const { return files_.at(name); }

    const std::string& add(const std::string& name, std::size_t bytes) {
        std::string content = pattern(bytes);
        if (!content.empty())
            content[0] = static_cast<char>('a' + files_.size());
        std::filesystem::create_directories((path() / name).parent_path());
        folder_.write(name, content);
        return files_[name] = std::move(content);
    }

  private:
    temporary_folder folder_;
    std::map<std::string, std::string> files_;
};

/// Those that serve a connection at a time, or few, close it behind each answer: a kept one would
/// keep others out. The generator is one request's.
inline bool keeps_alive() {
    const auto closing = {"iterative", "prefork", "pool", "generator"};
    return std::none_of(closing.begin(), closing.end(),
                        [](std::string_view name) { return name == model(); });
}

/// Whether several clients are served at a time.
inline bool is_concurrent() {
    return model() != "iterative";
}

/// The command that serves `root` by the model, on a free port.
inline std::vector<std::string> serve_by_model(const std::filesystem::path& root,
                                               std::vector<std::string> more = {}) {
    std::vector<std::string> command{RINGLET_PROGRAM, "--model", model(),
                                     root.string(),   "--port",  "0"};
    command.insert(command.end(), more.begin(), more.end());
    return command;
}

/// A target for one.txt that is held for a time between these.
inline std::string target_held(const models::hold_range& hold, std::chrono::milliseconds least,
                               std::chrono::milliseconds most) {
    for (int i = 0;; ++i) {
        std::string target = "/one.txt?n=" + std::to_string(i);
        const std::chrono::milliseconds length = hold.of(target);
        if (length >= least && length <= most)
            return target;
    }
}

/// Whether there is such a process, and it has not ended.
inline bool runs(pid_t pid) {
    std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
    std::string stat;
    return std::getline(file, stat) && stat.substr(stat.rfind(')')).substr(0, 3) != ") Z";
}

inline std::vector<pid_t> children_of(pid_t parent) {
    std::vector<pid_t> found;
    for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
        const pid_t pid = std::atoi(entry.path().filename().c_str());
        std::ifstream file(entry.path() / "stat");
        std::string stat;
        if (pid == 0 || !std::getline(file, stat))
            continue;
        const std::string behind_name = stat.substr(stat.rfind(')')); // ") S 123 ..."
        if (std::atoi(behind_name.c_str() + 4) == parent)
            found.push_back(pid);
    }
    return found;
}

} // namespace ringlet::testing

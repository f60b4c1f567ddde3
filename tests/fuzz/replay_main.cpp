// Without libFuzzer: runs the files of the folders that are named, each with every first byte that
// may mean something.
#include "fuzz/fuzz.hpp"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

int main(int argc, char** argv) {
    std::size_t count = 0;
    for (int i = 1; i < argc; ++i) {
        if (!std::filesystem::exists(argv[i]))
            continue;
        for (const auto& file : std::filesystem::directory_iterator(argv[i])) {
            std::ifstream in(file.path(), std::ios::binary);
            std::string bytes(std::istreambuf_iterator<char>(in), {});
            ringlet::fuzz::run(bytes);
            if (!bytes.empty())
                for (bytes.front() = 0; ++bytes.front() != 0;)
                    ringlet::fuzz::run(bytes);
            ++count;
        }
    }
    std::printf("%zu inputs\n", count);
    return count == 0;
}

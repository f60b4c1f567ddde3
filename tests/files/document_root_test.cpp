#include "files/document_root.hpp"

#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <stdexcept>

namespace ringlet::files {
namespace {

std::string refusal(const std::string& path) {
    try {
        const document_root root(path);
    } catch (const std::runtime_error& e) {
        return e.what();
    }
    return {};
}

} // namespace

TEST_CASE("a document root knows its real path") {
    const testing::temporary_folder folder;
    std::filesystem::create_directory(folder.path() / "real");
    folder.link("real", "link");
    const document_root root((folder.path() / "link").string());
    CHECK(root.fd() >= 0);
    CHECK(root.path() == std::filesystem::canonical(folder.path() / "real").string());
}

TEST_CASE("a document root that cannot be served is refused in one line that names it") {
    const testing::temporary_folder folder;
    folder.write("file", "");
    folder.link("loop", "loop");
    const std::string missing = (folder.path() / "missing").string();
    const std::string file = (folder.path() / "file").string();
    const std::string loop = (folder.path() / "loop").string();
    for (const std::string& path : {missing, file, loop, std::string()}) {
        const std::string why = refusal(path);
        CAPTURE(path, why);
        CHECK(why.find("'" + path + "'") != why.npos);
        CHECK(why.find('\n') == why.npos);
    }
    CHECK(refusal(missing).find("no such folder") != std::string::npos);
    CHECK(refusal(file).find("not a folder") != std::string::npos);
}

} // namespace ringlet::files

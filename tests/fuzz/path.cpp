// A request target opens a file of the folder that it may name, and nothing else.
#include "files/resolve.hpp"
#include "fuzz/fuzz.hpp"
#include "http/target.hpp"
#include "io/memory_backend.hpp"
#include "support/temporary_folder.hpp"

#include <boost/asio/co_spawn.hpp>

#include <array>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

namespace ringlet::fuzz {
namespace {

namespace fs = std::filesystem;

// What stands for a byte from 0x80 on: names that lead somewhere.
constexpr std::array<std::string_view, 32> words{
    "/",      "a.txt",    "dir",   "index.html", "b",         "link",  "dirlink",   "out",
    "outdir", "absolute", "there", "loop",       "fifo",      "magic", ".hidden",   "confused",
    "app.js", "broken",   "back",  "..",         "%2e%2e",    "/../",  "%2F",       "%00",
    "//",     "secret",   "root",  ".gz",        "%61%2etxt", "/./",   "root-near", "%5C"};

// A folder to serve, with secrets beside it.
struct world {
    world() : ctx(std::make_unique<io::memory_backend>()) {
        for (const char* name :
             {"root/dir", "root/empty", "root/confused/index.html", "secret", "root-near"})
            fs::create_directories(tmp.path() / name);
        for (const char* name :
             {"root/index.html", "root/a.txt", "root/a.txt.gz", "root/app.js", "root/app.js.br",
              "root/app.js.gz", "root/dir/index.html", "root/dir/b", "root/dir/index.html.zst",
              "root/.hidden", "secret/a.txt", "secret/index.html", "root-near/a.txt", "a.txt"})
            tmp.write(name, name);
        tmp.link("a.txt", "root/link");
        tmp.link("dir", "root/dirlink");
        tmp.link("../a.txt", "root/dir/back");
        tmp.link("../secret/a.txt", "root/out");
        tmp.link("../secret/a.txt", "root/dir/b.gz");
        tmp.link("../secret", "root/outdir");
        tmp.link("../secret/a.txt", "root/a.txt.br");
        tmp.link((tmp.path() / "secret").string(), "root/absolute");
        tmp.link((tmp.path() / "root").string(), "root/there");
        tmp.link("loop", "root/loop");
        tmp.link("nothing", "root/broken");
        tmp.link("/proc/self/root", "root/magic");
        testing::checked(mkfifo((root() / "fifo").c_str(), 0600), "mkfifo");
        folder = unique_fd(
            testing::checked(open(root().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC), "open"));
    }
    fs::path root() const { return top / "root"; }

    testing::temporary_folder tmp;
    fs::path top = fs::canonical(tmp.path());
    io::context ctx;
    unique_fd folder;
};

world& the_world() {
    static world w; // its folder is removed when the process ends
    return w;
}

std::string spell(std::string_view input) {
    std::string target = "/";
    for (const char c : input) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x80)
            target += c;
        else
            target += words[byte % words.size()];
    }
    return target;
}

bool lies_in(const fs::path& file, const fs::path& folder) {
    return file.string().starts_with(folder.string() + '/');
}

// Where `name` leads, whatever links there are; empty if nowhere.
fs::path leads_to(const fs::path& name) {
    std::error_code failed;
    fs::path end = fs::canonical(name, failed);
    return failed ? fs::path() : end;
}

void check_opened(const world& w, const fs::path& name, symlinks links, int fd) {
    const fs::path end = leads_to(name);
    struct stat opened, named;
    require(!end.empty() && ::fstat(fd, &opened) == 0 && ::lstat(end.c_str(), &named) == 0);
    require(opened.st_ino == named.st_ino && opened.st_dev == named.st_dev);
    require(S_ISREG(opened.st_mode));
    require(lies_in(end, w.top)); // no way leads further, not even with `follow`
    if (links == symlinks::inside)
        require(lies_in(end, w.root()));
    if (links == symlinks::deny)
        require(end == name);
}

files::resolution resolve(world& w, const files::location& where, http::coding_list accepted) {
    files::resolution found;
    bool done = false;
    boost::asio::co_spawn(w.ctx.get_executor(), files::resolve(w.ctx, where, accepted),
                          [&](const std::exception_ptr& thrown, files::resolution r) {
                              require(!thrown);
                              found = std::move(r);
                              done = true;
                          });
    w.ctx.run();
    require(done);
    return found;
}

int lowest_free_descriptor() {
    return unique_fd(::open("/dev/null", O_RDONLY | O_CLOEXEC)).get();
}

void check_path(const std::string& path, symlinks links, bool codings) {
    world& w = the_world();
    http::coding_list accepted;
    if (codings)
        accepted = http::parse_accept_encoding({{"br, gzip;q=0.9, zstd;q=0.5"}}).order();
    const exact_copy copy(path);
    const files::location where{w.folder.get(), copy.view(), true, links};
    std::string name = w.root().string() + path;
    if (path.ends_with('/'))
        name += files::index_file;

    const files::resolution found = resolve(w, where, accepted);
    if (found.status == http::status::ok)
        check_opened(w, name.append(http::suffix(found.coding)), links, found.file.fd.get());
    else if (path.find('\0') == path.npos)
        require(leads_to(name) != name || !fs::is_regular_file(name)); // links or not, it is there
}

} // namespace

void run(std::string_view input) {
    const unsigned how = take_byte(input);
    const std::string target = spell(input);
    const auto split = http::split_target(target, http::verb::get);
    std::string path;
    if (!split || http::decode_path(split->path, path) != http::status::ok)
        return;
    the_world();
    const int free_before = lowest_free_descriptor();
    for (const symlinks links : {symlinks::inside, symlinks::follow, symlinks::deny})
        check_path(path, links, (how & 1) != 0);
    require(lowest_free_descriptor() == free_before);
}

} // namespace ringlet::fuzz

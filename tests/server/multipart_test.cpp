// Uploads that are saved.
#include "ringlet/ringlet.hpp"
#include "ringlet/test/client.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

#include <boost/asio/experimental/awaitable_operators.hpp>

#include <fstream>
#include <iterator>

using namespace ringlet;
using namespace boost::asio::experimental::awaitable_operators;
namespace fs = std::filesystem;

namespace {

struct shelf {
    fs::path file;
    std::uintmax_t seen = 0; // of the file, while the rest was still awaited
};

awaitable<response> save(request& req, shelf& s) {
    multipart upload(req);
    co_await upload.next();
    const auto size = co_await upload.save(s.file.string());
    co_return text(std::to_string(size));
}

awaitable<void> look(shelf& s) {
    co_await sleep_for(std::chrono::seconds(1));
    s.seen = fs::file_size(s.file);
}

awaitable<response> save_and_look(request& req, shelf& s) {
    multipart upload(req);
    co_await upload.next();
    auto both = upload.save(s.file.string()) && look(s);
    co_await std::move(both);
    co_return text("saved");
}

std::string bytes_of(std::size_t size) {
    std::string bytes(size, '\0');
    for (std::size_t i = 0; i < size; ++i)
        bytes[i] = static_cast<char>('a' + i % 23);
    return bytes;
}

// A form of one file, in chunks of a few bytes.
std::string in_chunks(const std::string& file, std::string_view end) {
    const std::string form = "--b\r\nContent-Disposition: form-data; name=f; filename=f\r\n\r\n" +
                             file + std::string(end);
    std::string all = "POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
                      "Content-Type: multipart/form-data; boundary=b\r\n"
                      "Transfer-Encoding: chunked\r\n\r\n";
    for (std::size_t i = 0; i < form.size(); i += 9) {
        const std::string chunk = form.substr(i, 9);
        all.append(std::to_string(chunk.size())).append("\r\n").append(chunk).append("\r\n");
    }
    return all;
}

std::string content_of(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), {});
}

} // namespace

TEST_CASE("a part that comes in tiny chunks is saved whole") {
    const testing::temporary_folder folder;
    server app;
    shelf s{folder.path() / "saved"};
    app.post("/", save, s);
    test::client client(app);
    constexpr std::size_t block = limits::save_block_bytes;
    for (const std::size_t size :
         {std::size_t(0), std::size_t(1), block - 1, block, block + 1, 3 * block + 7}) {
        const std::string file = bytes_of(size);
        const std::string got = client.send_raw(in_chunks(file, "\r\n--b--\r\n") + "0\r\n\r\n");
        CHECK(got.ends_with("\r\n\r\n" + std::to_string(size)));
        CHECK((content_of(s.file) == file));
        fs::remove(s.file);
    }
}

TEST_CASE("a part is written in blocks and removed when the rest stays away") {
    const testing::temporary_folder folder;
    server app;
    shelf s{folder.path() / "saved"};
    app.post("/", save_and_look, s);
    test::client client(app);
    constexpr std::size_t block = limits::save_block_bytes;
    CHECK(client.send_raw(in_chunks(bytes_of(block / 2), "")).starts_with("HTTP/1.1 408 "));
    CHECK(s.seen == 0);
    CHECK_FALSE(fs::exists(s.file));
    CHECK(client.send_raw(in_chunks(bytes_of(block * 3 / 2), "")).starts_with("HTTP/1.1 408 "));
    CHECK(s.seen >= block);
    CHECK(s.seen < block + block / 2);
    CHECK_FALSE(fs::exists(s.file));
}

// What becomes of what handlers answer, and of what they throw.
#include "ringlet/ringlet.hpp"
#include "ringlet/test/client.hpp"
#include "support/catch.hpp"
#include "support/temporary_folder.hpp"

using namespace ringlet;

TEST_CASE("a path with a NUL names no file") {
    const testing::temporary_folder folder;
    folder.write("a.txt", "a file");
    const std::string root = folder.path().string();
    server app;
    app.get("/in", [root](request& req) -> awaitable<response> {
        co_return file_in(root, req.query("p").value_or(""));
    });
    app.get("/own", [root](request& req) -> awaitable<response> {
        co_return file(root + '/' + std::string(req.query("p").value_or("")));
    });
    test::client client(app);
    for (const std::string target : {"/in?p=a.txt", "/own?p=a.txt"}) {
        CHECK(client.get(target).status == 200);
        CHECK(client.get(target + "%00").status == 404);
        CHECK(client.get(target + "%00.png").status == 404);
    }
}

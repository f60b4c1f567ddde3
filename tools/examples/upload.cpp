// Takes files from a form, of any size, and writes them to a folder as they arrive.
//
//     curl -F file=@photo.jpg http://127.0.0.1:8080/upload
#include "listen.hpp"

#include <ringlet/ringlet.hpp>

using namespace ringlet;

constexpr auto form_page = R"(<!doctype html><meta charset="utf-8"><title>Upload</title>
<form action="upload" method="post" enctype="multipart/form-data">
<input type="file" name="file" multiple> <button>Upload</button>
</form>
)";

awaitable<response> show_form(request&) {
    co_return html(form_page);
}

// A client's file name is nothing to build a path from, so the files are called by the request's
// id.
awaitable<response> upload(request& req, const std::string& folder) {
    constexpr std::uint64_t gibibyte = 1 << 30;
    req.body().limit(
        4 * gibibyte); // instead of server_limits::body_bytes, which is for what fits memory
    multipart parts(req);
    std::string said;
    for (int number = 1;; ++number) {
        const auto part = co_await parts.next();
        if (!part)
            break;
        if (!part->filename)
            continue; // a field, not a file
        const std::string name = req.id() + "-" + std::to_string(number);
        const std::string path = folder + "/" + name;
        const std::uint64_t bytes = co_await parts.save(path);
        said += name + " " + std::to_string(bytes) + " " + *part->filename + "\n";
    }
    response r = text(std::move(said));
    r.status = 201;
    co_return r;
}

int main(int argc, char** argv) {
    const std::string folder = example::option(argc, argv, "--folder", ".");
    server app;
    app.get("/", show_form);
    app.post("/upload", upload, folder);
    return app.run(example::listen(argc, argv));
}

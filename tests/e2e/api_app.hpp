// The program of the folder api_app, with a folder of its own.
#pragma once

#include "e2e/site.hpp"
#include "support/raw_client.hpp"
#include "support/server_process.hpp"

namespace ringlet::testing {

struct api_app {
    api_app() : server({RINGLET_API_APP, folder.path().string()}) {}

    answer get(std::string_view target, std::string_view fields = {}) const {
        return ask(server.port(), target, fields);
    }

    /// Over a connection of its own, which is then to be kept.
    answer post(std::string_view target, std::string_view content,
                std::string_view fields = {}) const {
        raw_client client(server.port());
        client.send(request_with(target, content, fields));
        auto a = client.read_answer();
        if (!a)
            throw std::runtime_error("no answer to " + std::string(target));
        return *a;
    }

    temporary_folder folder;
    server_process server;
};

} // namespace ringlet::testing

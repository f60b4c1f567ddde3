// What the program is made of: each part adds its routes.
#pragma once

#include <ringlet/ringlet.hpp>

#include <string>

namespace ringlet::testing {

inline std::string folder; // to read from and to write to

void add_requests(routes& app);
void add_content(routes& app);
void add_answers(routes& app);
void add_streams(routes& app);
void add_groups(routes& app);
void add_state(server& app);
void add_websockets(routes& app);

// Those that another part uses as well.
awaitable<response> literal(request& req);   // says just that
awaitable<response> read_text(request& req); // how long the content is, and how it begins
awaitable<response> broken(request& req);    // throws
middleware tag(const std::string& name);     // leaves `name` with the request and in the answer

} // namespace ringlet::testing

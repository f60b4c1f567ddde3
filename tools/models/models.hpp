// The models, each a function that serves until SIGINT or SIGTERM, and throws std::system_error
// when it cannot begin.
#pragma once

#include "core/settings.hpp"

namespace ringlet::models {

void iterative(const settings& from);
void fork(const settings& from);
void prefork(const settings& from);
void threads(const settings& from);
void pool(const settings& from);
void green(const settings& from);
void polling(const settings& from);
void select(const settings& from);
void poll(const settings& from);
void epoll_lt(const settings& from);
void epoll_et(const settings& from);
void generator(const settings& from);
/// Gives the exit code: the server of the library says itself what keeps it from serving.
int ringlet(const settings& from);

} // namespace ringlet::models

// Whose rights the server has once its sockets are open.
#pragma once

#include <string>

namespace ringlet {

/// Gives up root's rights for those of `user` (NAME or NAME:GROUP) and `group`, for good, with the
/// supplementary groups of the user and no others. Without a group the user's own one counts,
/// without a user only the group changes. Nothing happens when both are empty, or are what the
/// process has already. Before there are threads. Throws std::runtime_error with one line for the
/// operator.
void become_user(const std::string& user, const std::string& group);

} // namespace ringlet

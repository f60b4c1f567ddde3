// What a socket that never blocks lets a conversation do at once.
#pragma once

#include "conversation.hpp"

namespace ringlet::models {

/// Both do what they can, a failure of the connection included, which ends the conversation. False:
/// nothing, for it would have to be waited for.
bool try_receive(int fd, conversation& talk);
bool try_send(int fd, conversation& talk);

} // namespace ringlet::models

// What a socket that never blocks lets a conversation do at once.
#pragma once

#include "conversation.hpp"

namespace ringlet::models {

/// Both do what they can, a failure of the connection included, which ends the conversation. False:
/// nothing, for it would have to be waited for.
bool try_receive(int fd, conversation& talk);
bool try_send(int fd, conversation& talk);

/// To be asked behind sent(): when the conversation is to be closed, but more has come meanwhile,
/// that is discarded first. try_send() has asked.
void discard_if_unread(int fd, conversation& talk);

} // namespace ringlet::models

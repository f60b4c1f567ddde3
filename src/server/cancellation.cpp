#include "server/cancellation.hpp"

#include "io/context.hpp"

namespace ringlet {

void cancellation::begin() {
    again_.arm(*this, ctx_.now());
    signal_.emit(boost::asio::cancellation_type::terminal);
}

bool cancellation::end() noexcept {
    const bool begun = armed();
    disarm();
    return begun;
}

} // namespace ringlet

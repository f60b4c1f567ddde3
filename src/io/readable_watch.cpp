#include "io/readable_watch.hpp"

#include <new>

namespace ringlet::io {

/// Frees itself when the kernel has let go of it.
class readable_watch::wait final : op {
  public:
    wait(readable_watch& owner, int fd) noexcept
        : op({.code = opcode::wait_readable, .fd = fd}, &wait::finished, &wait::arrived),
          owner_(&owner) {
        owner.ctx_.submit(*this);
    }

    void abandon(context& ctx) noexcept {
        owner_ = nullptr;
        ctx.cancel(*this);
    }

  private:
    // Before anything that came with it is looked at.
    static void arrived(op& o, int, std::uint32_t) noexcept {
        auto& self = static_cast<wait&>(o);
        if (self.owner_ != nullptr)
            std::exchange(self.owner_, nullptr)->armed_ = nullptr;
    }
    static void finished(task& t, bool) { delete &static_cast<wait&>(t); }

    readable_watch* owner_;
};

std::uint64_t readable_watch::count(int fd, std::uint64_t use) {
    if (turn_ == ctx_.turn() || fd < 0)
        return count_;
    turn_ = ctx_.turn();
    if (use != std::exchange(use_, use))
        abandon();
    const bool told = armed_ == nullptr;
    if (told && ctx_.has_wait_readable()) // it begins when the caller has read
        armed_ = new (std::nothrow) wait(*this, fd);
    if (told || ctx_.received_at_once())
        ++count_;
    return count_;
}

void readable_watch::abandon() noexcept {
    if (armed_ != nullptr)
        std::exchange(armed_, nullptr)->abandon(ctx_);
}

} // namespace ringlet::io

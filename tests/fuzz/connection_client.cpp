#include "fuzz/connection_client.hpp"

#include "fuzz/fuzz.hpp"
#include "io/sleep.hpp"

#include <array>
#include <chrono>

namespace ringlet::fuzz {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t late_reader_unread_most = 1500;
constexpr std::size_t most_pieces = 48;

} // namespace

behaviour::behaviour(std::string_view& input) {
    const unsigned a = take_byte(input), b = take_byte(input);
    constexpr std::array endings{ending::stay,  ending::stay,  ending::half_close, ending::close,
                                 ending::reset, ending::drain, ending::stay,       ending::destroy};
    end = endings[a % 8];
    late_end = (a & 8) != 0;
    late_reader = (a & 16) != 0;
    cut_short = (a & 32) != 0 ? b : 256;
    const std::size_t cut_bytes = b % 8;
    cuts = input.substr(0, cut_bytes);
    input.remove_prefix(cuts.size());
}

client::client(io::context& ctx, io::memory_client connection, const pipeline& p,
               const behaviour& how, std::function<void()> finished)
    : ctx_(ctx),
      connection_(std::move(connection)),
      p_(p),
      how_(how),
      tell_finished_(std::move(finished)),
      left_(std::string_view(p.bytes).substr(0, p.bytes.size() * how.cut_short / 256)) {
    if (how.late_reader)
        connection_->limit_unread(late_reader_unread_most);
    else
        read_from_now_on();
    send_next();
}

void client::read_from_now_on() {
    connection_->on_progress([this] {
        received_ += connection_->read();
        if (connection_->server_closed())
            closed_at_ = ctx_.time();
    });
    received_ += connection_->read();
}

void client::after(io::clock::duration pause, void (client::*what)()) {
    io::async_sleep(ctx_, pause, [this, what](const io::error_code&) { (this->*what)(); });
}

void client::send_next() {
    if (left_.empty()) {
        after(how_.late_end ? 5s : 0s, &client::finish);
        return;
    }
    constexpr std::array<std::size_t, 8> sizes{1, 2, 5, 17, 64, 500, 4096, 100'000};
    std::size_t bytes = left_.size();
    io::clock::duration pause = 0ms;
    if (!how_.cuts.empty() && pieces_ < most_pieces) {
        const auto cut = static_cast<unsigned char>(how_.cuts[pieces_ % how_.cuts.size()]);
        bytes = sizes[cut % sizes.size()] + cut / 64;
        pause = std::chrono::milliseconds(cut / 8 % 8 * 3);
    }
    ++pieces_;
    const std::string_view piece = left_.substr(0, bytes);
    left_.remove_prefix(piece.size());
    connection_->write(piece);
    after(pause, &client::send_next);
}

void client::finish() {
    finished_ = true;
    finished_at_ = ctx_.time();
    if (how_.late_reader)
        read_from_now_on();
    connection_->limit_unread(std::string::npos);
    if (how_.end == ending::half_close)
        connection_->shutdown();
    else if (how_.end == ending::close)
        connection_.reset();
    else if (how_.end == ending::reset)
        connection_->reset();
    tell_finished_();
}

void client::check(client_story story) const {
    require((finished_ || story.hurried) && server_closed());
    story.sent = sent().size();
    story.half_closed = how_.end == ending::half_close;
    story.patient =
        !story.hurried && !story.disturbed &&
        (how_.end == ending::stay || (story.half_closed && how_.late_end && !how_.late_reader));
    story.lasted = std::max(closed_at_, finished_at_) - finished_at_;
    story.cut_off = was_reset();
    check_answers(p_, story, received_);
}

} // namespace ringlet::fuzz

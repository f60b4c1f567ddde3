#include "conversation.hpp"

#include "compute.hpp"
#include "http/date.hpp"
#include "http/error_page.hpp"
#include "http/head_writer.hpp"
#include "http/parser.hpp"
#include "limits.hpp"

#include <algorithm>
#include <ctime>
#include <unistd.h>

namespace ringlet::models {
namespace {

// Of a file, read and sent at a time: a slow client pins no more.
constexpr std::size_t block_bytes = 64 * 1024;
// Of memory for answers, by a connection that has none to send.
constexpr std::size_t kept_bytes = 4 * 1024;

std::string_view now_as_text(http::http_date& date) {
    http::format_date(std::time(nullptr), date);
    return {date.data(), date.size()};
}

/// What every head begins with.
http::head_writer begin_head(std::string& out, http::status status, const http::request_head& head,
                             bool keep) {
    http::http_date date;
    http::head_writer writer(out, status);
    writer.field("Date", now_as_text(date));
    if (!keep)
        writer.field("Connection", "close");
    else if (head.version == 10) // of whose clients only those know that ask
        writer.field("Connection", "keep-alive");
    return writer;
}

} // namespace

conversation::conversation(const site& files, persistence mode) : files_(&files), mode_(mode) {}

void conversation::received(std::string_view bytes) {
    if (step_ == step::discard)
        dropped_ += bytes.size();
    if (bytes.empty() || dropped_ > discard_bytes)
        step_ = step::close;
    if (step_ != step::receive)
        return;
    in_.append(bytes);
    parse();
}

void conversation::sent(std::size_t bytes) {
    sent_ += bytes;
    if (sent_ < out_.size())
        return;
    out_.clear();
    sent_ = 0;
    if (rest_ > 0)
        read_block();
    else
        end_answer();
}

// Takes a request off what was received, if all of it is there.
void conversation::parse() {
    http::request_head head;
    const http::parse_result read = http::parse_request_head(in_, head);
    if (read.what == http::outcome::partial)
        return;
    step_ = step::send;
    if (read.what == http::outcome::bad) {
        keep_ = false;
        unread_ = true; // nobody knows where this request ends
        head.method = http::verb::get;
        answer_page(head, read.error);
        return;
    }
    // Files take no content: it is not read, so the connection ends behind the answer.
    keep_ =
        mode_ == persistence::keeps_alive && head.keep_alive && head.body == http::framing::none;
    unread_ = head.body != http::framing::none || read.consumed < in_.size();
    hold_time_ = files_->hold_time(head.target);
    compute_for(files_->compute_time(head.target));
    answer(head);
    in_.erase(0, read.consumed);
    if (step_ == step::send && hold_time_.count() > 0)
        step_ = step::hold;
}

void conversation::answer(const http::request_head& head) {
    if (head.method != http::verb::get && head.method != http::verb::head)
        return answer_page(head, http::status::method_not_allowed);
    found_file found = files_->find(head.target, head.method);
    if (found.status != http::status::ok)
        return answer_page(head, found.status, found.location);
    answer_file(head, std::move(found));
}

void conversation::answer_file(const http::request_head& head, found_file found) {
    begin_head(out_, http::status::ok, head, keep_)
        .field("Content-Type", found.type)
        .field("Content-Length", found.bytes)
        .end();
    if (head.method == http::verb::head || found.bytes == 0)
        return;
    file_ = std::move(found.file);
    rest_ = found.bytes;
    read_block(); // goes out with the head
}

void conversation::answer_page(const http::request_head& head, http::status status,
                               std::string_view location) {
    std::string page;
    http::error_page(page, status, {});
    auto writer = begin_head(out_, status, head, keep_);
    writer.field("Content-Type", "text/html; charset=utf-8");
    writer.field("Content-Length", page.size());
    if (status == http::status::method_not_allowed)
        writer.field("Allow", "GET, HEAD");
    if (!location.empty())
        writer.field("Location", location);
    writer.end();
    if (head.method != http::verb::head)
        out_ += page;
}

// A plain read(): it waits for the disk, whatever the model, when the file is not in memory.
void conversation::read_block() {
    const std::size_t before = out_.size();
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(rest_, block_bytes));
    out_.resize(before + wanted);
    const ssize_t n = ::read(file_.get(), out_.data() + before, wanted);
    if (n <= 0) { // it has become shorter: the client is to see that bytes are missing
        step_ = step::close;
        return;
    }
    out_.resize(before + static_cast<std::size_t>(n));
    rest_ -= static_cast<std::uint64_t>(n);
    if (rest_ == 0)
        file_.reset();
}

void conversation::end_answer() {
    if (!keep_) {
        step_ = unread_ ? step::discard : step::close;
        return;
    }
    if (out_.capacity() > kept_bytes)
        std::string().swap(out_);
    step_ = step::receive;
    if (!in_.empty())
        parse(); // the client has sent its next request without waiting
}

} // namespace ringlet::models

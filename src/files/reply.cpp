#include "files/reply.hpp"

#include "http/conditional.hpp"
#include "http/date.hpp"
#include "http/error_page.hpp"
#include "http/etag.hpp"
#include "http/head_writer.hpp"

#include <algorithm>

namespace ringlet::files {
namespace {

std::int64_t seconds_of(std::int64_t ns) noexcept {
    return ns >= 0 ? ns / 1'000'000'000 : (ns - 999'999'999) / 1'000'000'000;
}

// What heads say of the file.
struct metadata {
    const open_file& file;
    http::coding coding;
    std::string_view content_type, cache_control;
    http::etag_buffer etag;
    std::int64_t last_modified_s;

    metadata(const open_file& f, http::coding c, std::string_view type, std::string_view control,
             std::int64_t now_s)
        : file(f),
          coding(c),
          content_type(type),
          cache_control(control),
          etag(http::make_etag(f.mtime_ns, f.size, f.inode)),
          // RFC 9110 section 8.8.2.1: never later than Date.
          last_modified_s(std::min(seconds_of(f.mtime_ns), now_s)) {}

    // What a 304 must carry as well as a 200 (RFC 9110 section 15.4.5).
    void validators(http::head_writer& w) const {
        http::http_date modified;
        http::format_date(last_modified_s, modified);
        w.field("ETag", etag.view());
        w.field("Last-Modified", {modified.data(), modified.size()});
        if (!cache_control.empty())
            w.field("Cache-Control", cache_control);
        if (http::is_compressible(content_type))
            w.field("Vary", "Accept-Encoding");
    }

    void content(http::head_writer& w, std::string_view type, std::uint64_t length) const {
        validators(w);
        w.field("Accept-Ranges", "bytes");
        if (coding != http::coding::identity)
            w.field("Content-Encoding", http::name(coding));
        w.field("Content-Type", type);
        w.field("Content-Length", length);
    }
};

// Everything that the decision needs and that stays true for the whole answer.
struct answer : metadata {
    std::string& out;
    const http::request_head& head;
    const reply_context& about;

    http::head_writer begin(http::status s) const {
        http::head_writer w(out, s);
        out += about.common_fields;
        if (!about.connection.empty())
            w.field("Connection", about.connection);
        return w;
    }
};

reply whole(const answer& a) {
    auto w = a.begin(http::status::ok);
    a.content(w, a.content_type, a.file.size);
    w.end();
    reply r{http::status::ok, {}};
    if (a.file.size != 0)
        r.body.push_back({{}, http::byte_range{0, a.file.size - 1}});
    return r;
}

reply one_range(const answer& a, http::byte_range range) {
    auto w = a.begin(http::status::partial_content);
    a.content(w, a.content_type, range.length());
    std::string value;
    http::append_content_range(value, range, a.file.size);
    w.field("Content-Range", value);
    w.end();
    reply r{http::status::partial_content, {}};
    r.body.push_back({{}, range});
    return r;
}

reply several_ranges(const answer& a, const http::range_set& set) {
    const auto boundary = http::make_boundary(a.about.random);
    const std::string_view type = a.content_type;
    std::string multipart_type;
    http::append_multipart_type(multipart_type, boundary);
    const std::uint64_t length =
        http::multipart_length(type, {set.ranges.data(), set.ranges.size()}, a.file.size);

    auto w = a.begin(http::status::partial_content);
    a.content(w, multipart_type, length);
    w.end();

    reply r{http::status::partial_content, {}};
    for (const http::byte_range range : set.ranges) {
        piece p{{}, range};
        http::append_part_head(p.text, boundary, type, range, a.file.size);
        r.body.push_back(std::move(p));
    }
    piece end;
    http::append_multipart_end(end.text, boundary);
    r.body.push_back(std::move(end));
    return r;
}

reply not_modified(const answer& a) {
    auto w = a.begin(http::status::not_modified);
    a.validators(w);
    w.end();
    return {http::status::not_modified, {}};
}

reply with_page(const answer& a, http::head_writer& w, http::status s) {
    piece page;
    http::error_page(page.text, s, {});
    w.field("Content-Type", "text/html; charset=utf-8");
    w.field("Content-Length", page.text.size());
    w.end();
    reply r{s, {}};
    if (a.head.method != http::verb::head)
        r.body.push_back(std::move(page));
    return r;
}

reply precondition_failed(const answer& a) {
    auto w = a.begin(http::status::precondition_failed);
    return with_page(a, w, http::status::precondition_failed);
}

reply unsatisfiable(const answer& a) {
    std::string value;
    http::append_unsatisfied_range(value, a.file.size);
    auto w = a.begin(http::status::range_not_satisfiable);
    w.field("Content-Range", value);
    return with_page(a, w, http::status::range_not_satisfiable);
}

// Range is defined for GET alone (RFC 9110 section 14.2), and only on one field line.
reply select_ranges(const answer& a, const http::validators& current) {
    const auto field = a.head.find(http::field_id::range);
    std::size_t lines = 0;
    a.head.for_each(http::field_id::range, [&lines](std::string_view) { ++lines; });
    if (lines != 1 || a.head.method != http::verb::get ||
        !http::if_range_allows(a.head, current, a.about.now_s))
        return whole(a);
    const http::range_set set = http::parse_ranges(field->value, a.file.size);
    if (set.result == http::range_set::kind::unsatisfiable)
        return unsatisfiable(a);
    if (set.result == http::range_set::kind::whole)
        return whole(a);
    return set.ranges.size() == 1 ? one_range(a, set.ranges[0]) : several_ranges(a, set);
}

} // namespace

bool may_be_partial(const http::request_head& head) noexcept {
    return head.find(http::field_id::range).has_value();
}

lasting_head make_lasting_head(const open_file& file, http::coding coding,
                               std::string_view content_type, std::string_view cache_control,
                               std::int64_t now_s) {
    if (seconds_of(file.mtime_ns) > now_s)
        return {};
    const metadata m(file, coding, content_type, cache_control, now_s);
    lasting_head h{{}, {}, m.etag, m.last_modified_s};
    http::head_writer whole(h.whole), not_modified(h.not_modified);
    m.content(whole, content_type, file.size);
    whole.end();
    m.validators(not_modified);
    not_modified.end();
    return h;
}

reply make_reply(std::string& out, const http::request_head& head, const open_file& file,
                 http::coding coding, const reply_context& about) {
    const answer a{
        {file, coding, about.content_type, about.cache_control, about.now_s}, out, head, about};
    const http::validators current{a.etag.view(), a.last_modified_s};
    switch (http::evaluate(head, &current, about.now_s)) {
    case http::precondition::not_modified:
        return not_modified(a);
    case http::precondition::failed:
        return precondition_failed(a);
    case http::precondition::proceed:
        break;
    }
    reply r = select_ranges(a, current);
    if (head.method == http::verb::head)
        r.body.clear();
    return r;
}

} // namespace ringlet::files

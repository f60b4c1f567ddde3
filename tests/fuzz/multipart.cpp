// A form tells the same story in whatever pieces it comes.
#include "http/multipart.hpp"
#include "fuzz/fuzz.hpp"

#include <string>

namespace ringlet::fuzz {
namespace {

using event = http::multipart_reader::event;

std::string tell(std::string_view input, std::size_t piece_bytes) {
    http::multipart_reader reader("AaB03x");
    std::string story;
    for (std::size_t at = 0; at < input.size();) {
        const exact_copy piece(input.substr(at, piece_bytes));
        std::string_view rest = piece.view();
        for (event what = event::part_end; what != event::need_more;) {
            const auto s = reader.next(rest);
            what = s.what;
            require(s.consumed <= rest.size());
            require(what == event::data || s.data.empty());
            rest.remove_prefix(s.consumed);
            if (what == event::part_begin) {
                story.append("[").append(reader.name()).append("|");
                if (const auto file = reader.filename()) {
                    require(*file != "." && *file != ".." && file->find('/') == file->npos);
                    story.append(*file);
                }
                story.append("|").append(reader.content_type()).append("]");
            } else if (what == event::part_end) {
                story += "<end of part>";
            } else if (what == event::end || what == event::bad) {
                return story + (what == event::end ? "<end>" : "<bad>");
            }
            story += s.data;
        }
        require(rest.empty());
        at += piece.view().size();
    }
    return story;
}

} // namespace

void run(std::string_view input) {
    const std::size_t piece_bytes = take_byte(input) % 16 + 1;
    require(tell(input, piece_bytes) == tell(input, input.size()));
}

} // namespace ringlet::fuzz

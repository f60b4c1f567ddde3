#include "http/field_name.hpp"

#include "support/catch.hpp"

#include <boost/beast/http/field.hpp>

#include <string>

using namespace ringlet::http;

TEST_CASE("fields that mean something are found in any case, and no others") {
    for (const field_id id : {field_id::host,
                              field_id::range,
                              field_id::accept,
                              field_id::cookie,
                              field_id::expect,
                              field_id::referer,
                              field_id::if_match,
                              field_id::if_range,
                              field_id::connection,
                              field_id::user_agent,
                              field_id::content_type,
                              field_id::authorization,
                              field_id::if_none_match,
                              field_id::content_length,
                              field_id::accept_encoding,
                              field_id::if_modified_since,
                              field_id::sec_websocket_key,
                              field_id::transfer_encoding,
                              field_id::if_unmodified_since,
                              field_id::sec_websocket_version}) {
        const auto beast_name = boost::beast::http::to_string(id);
        std::string name(beast_name.data(), beast_name.size());
        INFO(name);
        CHECK(find_field(name) == id);
        for (char& c : name)
            c = static_cast<char>(c ^ (c >= 'A' ? 0x20 : 0)); // the other case
        CHECK(find_field(name) == id);
        CHECK(find_field(name + "x") == field_id::unknown);
        CHECK(find_field(name.substr(1)) == field_id::unknown);
        name.back() = '_';
        CHECK(find_field(name) == field_id::unknown);
    }
    CHECK(find_field("") == field_id::unknown);
    CHECK(find_field(std::string(1000, 'h')) == field_id::unknown);
    CHECK(find_field("H\x4fST") == field_id::host);
    CHECK(find_field("h/st") == field_id::unknown);
}

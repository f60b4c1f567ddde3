#include "http/base64.hpp"

#include "support/catch.hpp"

#include <boost/beast/core/detail/base64.hpp>

#include <string>

using ringlet::http::decode_base64;

TEST_CASE("the examples of RFC 4648 section 10 are decoded") {
    CHECK(decode_base64("") == "");
    CHECK(decode_base64("Zg==") == "f");
    CHECK(decode_base64("Zm8=") == "fo");
    CHECK(decode_base64("Zm9v") == "foo");
    CHECK(decode_base64("Zm9vYg==") == "foob");
    CHECK(decode_base64("Zm9vYmE=") == "fooba");
    CHECK(decode_base64("Zm9vYmFy") == "foobar");
}

TEST_CASE("every byte survives base64 at every place") {
    std::string bytes;
    for (int i = 0; i < 3 * 256; ++i) {
        bytes += static_cast<char>(i % 256);
        namespace base64 = boost::beast::detail::base64;
        std::string text(base64::encoded_size(bytes.size()), '\0');
        text.resize(base64::encode(text.data(), bytes.data(), bytes.size()));
        REQUIRE(decode_base64(text) == bytes);
    }
}

TEST_CASE("base64 that is written any other way is refused") {
    const auto text = GENERATE(as<std::string>{}, "Zg", "Zg=", "Zg===", "Z", "Z===", "====", "=",
                               "==", "Zg==Zg==", "Zm9v=", "Zm9vYg=", "=Zg=", "Z=g=", // padding
                               "Zh==", "Zm9=", "Zm8/Zh==",                 // bits left over
                               "Zm9-", "Zm9_", "Zm 9v", "Zm9v\n", "Zm9\n", // characters
                               "Zm9\xc3", std::string("Zm9\0", 4));
    CAPTURE(text);
    CHECK_FALSE(decode_base64(text));
}

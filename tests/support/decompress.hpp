// Decompressing with the libraries' own decoders.
#pragma once

#include "support/catch.hpp"

#include <brotli/decode.h>
#include <zlib.h>

#include <memory>
#include <string>
#include <string_view>

namespace ringlet::testing {

/// What a decoder makes of some bytes: all that can be had from them, and whether they are
/// complete.
struct decoded {
    std::string text;
    bool complete = false;
};

inline decoded gunzip(std::string_view bytes) {
    z_stream s{};
    REQUIRE(::inflateInit2(&s, MAX_WBITS + 16) == Z_OK); // 16: nothing but gzip
    const std::unique_ptr<z_stream, int (*)(z_stream*)> owned(&s, &::inflateEnd);
    s.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    s.avail_in = static_cast<uInt>(bytes.size());
    decoded d;
    int result = Z_OK;
    while (result == Z_OK) {
        char piece[4096];
        s.next_out = reinterpret_cast<Bytef*>(piece);
        s.avail_out = sizeof piece;
        result = ::inflate(&s, Z_SYNC_FLUSH);
        d.text.append(piece, sizeof piece - s.avail_out);
    }
    CHECK((result == Z_STREAM_END || result == Z_BUF_ERROR));
    d.complete = result == Z_STREAM_END && s.avail_in == 0;
    return d;
}

inline decoded unbrotli(std::string_view bytes) {
    const std::unique_ptr<BrotliDecoderState, void (*)(BrotliDecoderState*)> state(
        ::BrotliDecoderCreateInstance(nullptr, nullptr, nullptr), &::BrotliDecoderDestroyInstance);
    auto left = bytes.size();
    const auto* next = reinterpret_cast<const std::uint8_t*>(bytes.data());
    decoded d;
    auto result = BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT;
    while (result == BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT ||
           ::BrotliDecoderHasMoreOutput(state.get())) {
        std::size_t no_buffer = 0;
        result = ::BrotliDecoderDecompressStream(state.get(), &left, &next, &no_buffer, nullptr,
                                                 nullptr);
        std::size_t taken = 0;
        const std::uint8_t* piece = ::BrotliDecoderTakeOutput(state.get(), &taken);
        d.text.append(reinterpret_cast<const char*>(piece), taken);
    }
    CHECK(result != BROTLI_DECODER_RESULT_ERROR);
    d.complete = result == BROTLI_DECODER_RESULT_SUCCESS && left == 0;
    return d;
}

} // namespace ringlet::testing

#include "http/compressor.hpp"

#include "ringlet/limits.hpp"

#include <brotli/encode.h>
#include <zlib.h>

#include <algorithm>
#include <cassert>
#include <new>

namespace ringlet::http {
namespace {

class gzip_compressor final : public text_compressor {
  public:
    explicit gzip_compressor(int level) {
        constexpr int with_gzip_head = 16;
        constexpr int default_memory = 8;
        if (::deflateInit2(&stream_, level, Z_DEFLATED, MAX_WBITS + with_gzip_head, default_memory,
                           Z_DEFAULT_STRATEGY) != Z_OK)
            throw std::bad_alloc();
    }
    ~gzip_compressor() override { ::deflateEnd(&stream_); }
    gzip_compressor(const gzip_compressor&) = delete;
    gzip_compressor& operator=(const gzip_compressor&) = delete;

    void append(std::string_view input, then what, std::string& out) override {
        constexpr std::size_t most = std::size_t{1} << 30; // zlib counts in 32 bits
        for (; input.size() > most; input.remove_prefix(most))
            deflate(input.substr(0, most), Z_NO_FLUSH, out);
        deflate(input, what == then::finish ? Z_FINISH : Z_SYNC_FLUSH, out);
    }

  private:
    void deflate(std::string_view input, int flush, std::string& out) {
        constexpr std::size_t step = 16 * 1024;
        // zlib only reads it, whatever the type says.
        stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(input.data()));
        stream_.avail_in = static_cast<uInt>(input.size());
        do {
            const std::size_t before = out.size();
            out.resize(before + step);
            stream_.next_out = reinterpret_cast<Bytef*>(out.data() + before);
            stream_.avail_out = step;
            ::deflate(&stream_, flush); // Z_BUF_ERROR: there was nothing left to do
            out.resize(before + step - stream_.avail_out);
        } while (stream_.avail_out == 0);
    }

    z_stream stream_{};
};

class brotli_compressor final : public text_compressor {
  public:
    explicit brotli_compressor(int level)
        : state_(::BrotliEncoderCreateInstance(nullptr, nullptr, nullptr)) {
        if (state_ == nullptr)
            throw std::bad_alloc();
        set(BROTLI_PARAM_QUALITY, level);
        set(BROTLI_PARAM_LGWIN, limits::brotli_window_bits);
    }
    ~brotli_compressor() override { ::BrotliEncoderDestroyInstance(state_); }
    brotli_compressor(const brotli_compressor&) = delete;
    brotli_compressor& operator=(const brotli_compressor&) = delete;

    void append(std::string_view input, then what, std::string& out) override {
        const auto operation =
            what == then::finish ? BROTLI_OPERATION_FINISH : BROTLI_OPERATION_FLUSH;
        const auto* next = reinterpret_cast<const std::uint8_t*>(input.data());
        std::size_t left = input.size();
        // An end of the output does not mean that the encoder is through with the input: it is when
        // it gives nothing more.
        for (std::size_t taken = 1; taken != 0 || left != 0;) {
            std::size_t no_buffer = 0; // the output is taken from where the encoder has it
            if (!::BrotliEncoderCompressStream(state_, operation, &left, &next, &no_buffer, nullptr,
                                               nullptr))
                throw std::bad_alloc();
            taken = 0;
            const std::uint8_t* bytes = ::BrotliEncoderTakeOutput(state_, &taken);
            out.append(reinterpret_cast<const char*>(bytes), taken);
        }
    }

  private:
    void set(BrotliEncoderParameter which, int value) {
        ::BrotliEncoderSetParameter(state_, which, static_cast<std::uint32_t>(value));
    }

    BrotliEncoderState* state_;
};

} // namespace

std::unique_ptr<text_compressor> make_compressor(coding c, int level) {
    assert(c == coding::gzip || c == coding::br);
    if (c == coding::gzip)
        return std::make_unique<gzip_compressor>(level);
    return std::make_unique<brotli_compressor>(level);
}

} // namespace ringlet::http

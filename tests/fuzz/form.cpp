// Forms and cookies: what is found was there.
#include "http/form.hpp"
#include "fuzz/fuzz.hpp"
#include "http/cookie.hpp"

#include "ringlet/limits.hpp"

namespace ringlet::fuzz {

void run(std::string_view input) {
    const exact_copy copy(input);
    http::name_values fields;
    if (http::decode_form(copy.view(), fields)) {
        require(fields.size() <= limits::form_fields);
        std::size_t bytes = 0;
        for (const auto& [name, value] : fields)
            bytes += name.size() + value.size();
        require(bytes <= input.size());
    }
    for (const std::string_view name : {"a", "session", ""}) {
        const auto value = http::find_cookie(copy.view(), name);
        if (value && !value->empty())
            require(value->data() >= copy.view().data() &&
                    value->data() + value->size() <= copy.view().data() + copy.view().size());
    }
}

} // namespace ringlet::fuzz

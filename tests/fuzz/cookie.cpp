// Cookies: the first of a name is found, as it was sent, whatever stands around it.
#include "http/cookie.hpp"
#include "fuzz/fuzz.hpp"

#include <optional>
#include <string>

namespace ringlet::fuzz {
namespace {

bool is_blank(char c) {
    return c == ' ' || c == '\t';
}

// The same from its description: pairs between semicolons, blanks around them dropped, the name up
// to the first equals sign, the value without a pair of quotes.
std::optional<std::string> reference(const std::string& field, const std::string& name) {
    std::string pair;
    for (std::size_t i = 0; i <= field.size(); ++i) {
        if (i < field.size() && field[i] != ';') {
            pair += field[i];
            continue;
        }
        while (!pair.empty() && is_blank(pair.front()))
            pair.erase(0, 1);
        while (!pair.empty() && is_blank(pair.back()))
            pair.pop_back();
        const std::size_t equals = pair.find('=');
        if (equals != std::string::npos && pair.compare(0, equals, name) == 0) {
            std::string value = pair.substr(equals + 1);
            if (value.size() > 1 && value.front() == '"' && value.back() == '"')
                value = value.substr(1, value.size() - 2);
            return value;
        }
        pair.clear();
    }
    return std::nullopt;
}

void look_for(std::string_view name, std::string_view field) {
    const exact_copy name_copy(name), copy(field);
    const auto found = http::find_cookie(copy.view(), name_copy.view());
    require(found == reference(std::string(field), std::string(name)));
    if (!found)
        return;
    const std::string_view whole = copy.view();
    require(found->data() >= whole.data() &&
            found->data() + found->size() <= whole.data() + whole.size());
    require(found->find(';') == found->npos);
    // What was found is found again: in quotes, no byte of it is lost.
    const std::string again = "x; " + std::string(name) + "=\"" + std::string(*found) + "\" ;" +
                              std::string(name) + "=other";
    if (name != "x")
        require(http::find_cookie(again, name) == *found);
}

} // namespace

void run(std::string_view input) {
    const std::size_t name_bytes = take_byte(input) % 16;
    const std::string_view name = input.substr(0, name_bytes);
    input.remove_prefix(name.size());
    for (const std::string_view each : {name, std::string_view("a"), std::string_view("session")})
        look_for(each, input);
}

} // namespace ringlet::fuzz

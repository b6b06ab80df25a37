// A stranger's C++17 program: a text that comes in pieces, commands by number, a buffer that several threads look into.
#include <atomic>
#include <iostream>
#include <memory>
#include <string_view>
#include <thread>
#include <vector>

#include <weir/slp/slp.h>

namespace {

using feed = std::unique_ptr<weir_slp_feed, decltype(&weir_slp_feed_free)>;
using names = std::unique_ptr<weir_slp_names, decltype(&weir_slp_names_free)>;

std::string_view view(weir_slp_text t) { return {t.at, t.bytes}; }

// The sum of all integers in v, by a recursion that limits.depth bounds.
std::int64_t sum(weir_slp_value v) {
    if (weir_slp_type_of(v) == WEIR_SLP_INTEGER) return weir_slp_integer(v);
    if (weir_slp_type_of(v) != WEIR_SLP_LIST) return 0;
    std::int64_t all = 0;
    for (std::uint32_t i = 0; i < weir_slp_count(v); i++) all += sum(weir_slp_at(v, i));
    return all;
}

// The first form of the text, kept; nullptr when there is none.
weir_slp_object *first_form(std::string_view text) {
    feed f{weir_slp_feed_new(nullptr), weir_slp_feed_free};
    const weir_slp *form;
    weir_slp_error error;
    for (char c : text) {
        if (!weir_slp_feed_push(f.get(), &c, 1)) return nullptr;
        weir_slp_fed fed = weir_slp_feed_next(f.get(), false, &form, &error);
        if (fed == WEIR_SLP_FORM) return weir_slp_object_new(form);
        if (fed == WEIR_SLP_BAD) return std::cerr << error.line << ':' << error.message << '\n', nullptr;
    }
    return nullptr;
}

} // namespace

int main() {
    const char *const known[] = {"add", "multiply"};
    names n{weir_slp_names_new(known, 2), weir_slp_names_free};
    weir_slp_object *o = first_form("(multiply 6 (add 3 4) \"x\") (next");
    if (!o || !n) return 1;
    const weir_slp *s = weir_slp_object_buffer(o);
    std::vector<std::uint32_t> number(weir_slp_symbols(s));
    weir_slp_resolve(s, n.get(), number.data());
    weir_slp_value form = weir_slp_root(s);
    bool good =
        number[weir_slp_symbol(weir_slp_at(form, 0))] == 1 && view(weir_slp_text_of(weir_slp_at(form, 3))) == "x";

    std::atomic<std::int64_t> all{0};
    std::vector<std::thread> readers;
    for (int i = 0; i < 4; i++)
        readers.emplace_back([&all, mine = weir_slp_retain(o)] {
            all += sum(weir_slp_root(weir_slp_object_buffer(mine)));
            weir_slp_release(mine);
        });
    weir_slp_release(o); // the last of the five frees it
    for (auto &t : readers) t.join();
    std::cout << "4 times 13 is " << all << '\n';
    return !good || all != 52;
}

#include "runtime/program/nesting.h"

static void in_string(weir_nesting *n, char c) {
    if (n->escaped) n->escaped = false;
    else if (c == '\\') n->escaped = true;
    else if (c == '"') n->within = 0;
}

static void outside(weir_nesting *n, char c) {
    switch (c) {
    case '(':
    case '[':
    case '{': n->depth++; break;
    case ')':
    case ']':
    case '}': n->depth--; break;
    case '"':
    case ';': n->within = c; break;
    default: break;
    }
}

void weir_nesting_add(weir_nesting *n, const char *text, size_t bytes) {
    for (size_t i = 0; i < bytes; i++) {
        if (n->within == '"') in_string(n, text[i]);
        else if (n->within == 0) outside(n, text[i]);
        else if (text[i] == '\n') n->within = 0;
    }
}

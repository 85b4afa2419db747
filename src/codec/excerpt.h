// Text from outside, made fit for an error message.
#pragma once

#include <string>
#include <string_view>

namespace tegula::codec {

// Printable ASCII of at most 103 characters: what is quoted from outside must not reach a terminal
// raw, nor flood it.
std::string excerpt(std::string_view text);

// "line 2, column 7" of the byte at `offset`; both count from 1, columns in bytes.
std::string place_of(std::string_view text, std::size_t offset);

}  // namespace tegula::codec

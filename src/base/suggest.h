// "did you mean": the nearest of a list of words.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace tegula {

// Edits (insert, delete, replace, swap of neighbours) between two words, ignoring ASCII case.
std::size_t edit_distance(std::string_view a, std::string_view b);

// The nearest candidate if it is near enough to be meant (a third of the word, at most 3 edits);
// empty otherwise.
std::string_view nearest(std::string_view word, std::span<const std::string_view> candidates);

}  // namespace tegula

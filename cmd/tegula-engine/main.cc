#include "engine/run.h"

int main() { return tegula::engine::run(); }

// What the files of native_tests share: how a failure is told and counted, and what main calls.
#pragma once

#include <cstdio>
#include <string>

namespace layerwise::tests {

inline int failures = 0;

inline void expect(bool holds, const char* what, const std::string& where) {
    if (holds) return;
    ++failures;
    std::printf("FAILED %s: %s\n", where.c_str(), what);
}

void test_crews();

}  // namespace layerwise::tests

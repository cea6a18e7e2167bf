// Which process this is: threads are not there after a fork.
#pragma once

#if defined(__unix__) || defined(__APPLE__)
#include <unistd.h>
#endif

namespace layerwise {

inline int this_process() {
#if defined(__unix__) || defined(__APPLE__)
    return int(getpid());
#else
    return 0;
#endif
}

}  // namespace layerwise

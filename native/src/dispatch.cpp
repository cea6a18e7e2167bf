// Which instruction sets this build has, and which of them this processor runs.
#include <cstdlib>
#include <cstring>

#include "kernels/table.hpp"
#include "layerwise/isas.hpp"
#include "layerwise/run.hpp"

namespace layerwise {

#define LW_DECLARE(isa)        \
    namespace isa {            \
    template <class T>         \
    const Kernels<T>& table(); \
    }
LW_FOR_EACH_ISA(LW_DECLARE)
#undef LW_DECLARE

namespace {

bool runs(const char* isa) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (!std::strcmp(isa, "v4"))
        return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
               __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
               __builtin_cpu_supports("avx512vl");
    if (!std::strcmp(isa, "v3"))
        return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && __builtin_cpu_supports("bmi2");
#endif
    return *isa != '\0';
}

}  // namespace

std::vector<std::string> isas() {
    std::vector<std::string> names;
    for (const char* isa : {
#define LW_NAME(isa) #isa,
             LW_FOR_EACH_ISA(LW_NAME)
#undef LW_NAME
         })
        if (runs(isa)) names.insert(names.begin(), isa);
    return names;
}

namespace {

template <class T>
const Kernels<T>* find(const char* isa) {
    if (!runs(isa)) return nullptr;
#define LW_FIND(name) \
    if (!std::strcmp(isa, #name)) return &name::table<T>();
    LW_FOR_EACH_ISA(LW_FIND)
#undef LW_FIND
    return nullptr;
}

template <class T>
const Kernels<T>* chosen() {
    const char* forced = std::getenv("LAYERWISE_ISA");
    const Kernels<T>* found = forced ? find<T>(forced) : nullptr;
    return found ? found : find<T>(isas().front().c_str());
}

}  // namespace

template <class T>
const Kernels<T>* kernels(const char* isa) {
    static const Kernels<T>* const usual = chosen<T>();
    return isa ? find<T>(isa) : usual;
}

template const Kernels<float>* kernels(const char*);
template const Kernels<double>* kernels(const char*);

}  // namespace layerwise

// fake.h is what the fake driver and the fake compiler share: planted failures, and the log.
#ifndef GOBRAGG_FAKE_H
#define GOBRAGG_FAKE_H

#include <stdio.h>
#include <stdlib.h>

#include <map>
#include <mutex>
#include <string>

#define EXPORT extern "C" __attribute__((visibility("default")))

namespace fake {

inline std::recursive_mutex lock; // one call at a time

inline std::string variable(const char *name) {
    const char *value = getenv(name);
    return value != nullptr ? value : "";
}

inline long long number(const char *name, long long otherwise) {
    std::string value = variable(name);
    return value.empty() ? otherwise : atoll(value.c_str());
}

// planted is the code with which this call of a function is to fail, 0 where it is not. Calls count from when the
// variable was last changed.
inline int planted(const std::string &name) {
    static std::string plan;
    static std::map<std::string, int> calls;
    std::string now = variable("FAKE_CUDA_FAIL");
    if (now != plan) {
        plan = now;
        calls.clear();
    }
    int call = ++calls[name];
    for (size_t at = 0; at < plan.size();) {
        size_t end = plan.find(',', at);
        std::string entry = plan.substr(at, end == std::string::npos ? end : end - at);
        size_t first = entry.find(':'), second = entry.find(':', first + 1);
        if (second != std::string::npos && entry.substr(0, first) == name && atoi(entry.c_str() + first + 1) == call)
            return atoi(entry.c_str() + second + 1);
        at = end == std::string::npos ? plan.size() : end + 1;
    }
    return 0;
}

inline void log(const std::string &line) {
    std::string path = variable("FAKE_CUDA_LOG");
    if (path.empty()) return;
    FILE *file = fopen(path.c_str(), "a");
    if (file == nullptr) return;
    fprintf(file, "%s\n", line.c_str());
    fclose(file);
}

} // namespace fake

#endif

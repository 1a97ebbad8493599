// The fake libcuda.so.1. Devices' memory is the process's, and a module is a shared object that compiler.cc made.
#include <dlfcn.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include <functional>
#include <vector>

#include "fake.h"

#include "warp.h"

#include "table.h"

enum result {
    success = 0,
    invalid_value = 1,
    out_of_memory = 2,
    no_device = 100,
    invalid_device = 101,
    invalid_image = 200,
    invalid_context = 201,
    not_found = 500,
    illegal_address = 700,
};

typedef unsigned long long address;

struct context;

struct stream {
    context *home;
    std::vector<std::function<int()>> queue; // what is not done yet
};

struct module {
    context *home;
    void *object;
};

struct context {
    int device = 0, users = 0, spoilt = 0;
    long long used = 0;
    std::map<address, size_t> memory;
    std::map<address, size_t> constants; // that can be copied to
    int streams = 0, modules = 0;
};

static std::map<int, context *> contexts; // primary ones, that are in use
static std::map<void *, size_t> host;     // page-locked memory
static __thread context *current;

static long long capacity() { return fake::number("FAKE_CUDA_MEMORY", 1LL << 30); }
static int devices() { return (int)fake::number("FAKE_CUDA_DEVICES", 1); }

static bool spoils(int code) { return code == 214 || (code >= 700 && code <= 719 && code != 701); }

// fail is a failure of a context, for good where the code says so.
static int fail(context *c, int code) {
    if (c != nullptr && spoils(code)) c->spoilt = code;
    return code;
}

#define ENTER(name)                                          \
    std::lock_guard<std::recursive_mutex> guard(fake::lock); \
    if (int code = fake::planted(name)) return fail(current, code)

#define ENTER_CONTEXT(name)                        \
    ENTER(name);                                   \
    if (current == nullptr) return invalid_context; \
    if (current->spoilt != 0) return current->spoilt

static bool inside(const std::map<address, size_t> &places, address at, size_t bytes) {
    auto next = places.upper_bound(at);
    if (next == places.begin()) return false;
    --next;
    return at - next->first <= next->second && bytes <= next->second - (at - next->first);
}

// ---- Devices and contexts ------------------------------------------------------------------------------------------

EXPORT int cuInit(unsigned) {
    ENTER("cuInit");
    signal(SIGTERM, signal(SIGTERM, SIG_IGN)); // what a library does that guards itself: the handler is back, and its flags are gone
    return devices() > 0 ? success : no_device;
}

EXPORT int cuDriverGetVersion(int *version) {
    ENTER("cuDriverGetVersion");
    *version = 12040;
    return success;
}

EXPORT int cuDeviceGetCount(int *count) {
    ENTER("cuDeviceGetCount");
    *count = devices();
    return success;
}

EXPORT int cuDeviceGet(int *device, int index) {
    ENTER("cuDeviceGet");
    if (index < 0 || index >= devices()) return invalid_device;
    *device = index;
    return success;
}

EXPORT int cuDeviceGetName(char *name, int bytes, int device) {
    ENTER("cuDeviceGetName");
    snprintf(name, (size_t)bytes, "fake GPU %d", device);
    return success;
}

EXPORT int cuDeviceGetAttribute(int *value, int attribute, int) {
    ENTER("cuDeviceGetAttribute");
    int capability = (int)fake::number("FAKE_CUDA_CAPABILITY", 90);
    if (attribute == 75) *value = capability / 10; // CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR, and _MINOR
    else if (attribute == 76) *value = capability % 10;
    else return invalid_value;
    return success;
}

EXPORT int cuDevicePrimaryCtxRetain(context **c, int device) {
    ENTER("cuDevicePrimaryCtxRetain");
    context *&primary = contexts[device];
    if (primary == nullptr) {
        primary = new context; // never freed: what has a handle of an old one gets an error, and no crash
        primary->device = device;
    }
    primary->users++;
    *c = primary;
    return success;
}

EXPORT int cuDevicePrimaryCtxRelease_v2(int device) {
    ENTER("cuDevicePrimaryCtxRelease");
    context *primary = contexts[device];
    if (primary == nullptr) return invalid_context;
    char line[200];
    snprintf(line, sizeof line, "release device=%d streams=%d modules=%d memory=%zu host=%zu", device, primary->streams,
             primary->modules, primary->memory.size(), host.size());
    fake::log(line);
    if (--primary->users > 0) return success;
    primary->spoilt = 709; // CUDA_ERROR_CONTEXT_IS_DESTROYED
    for (auto &m : primary->memory) free((void *)m.first);
    primary->memory.clear();
    contexts[device] = nullptr;
    return success;
}

EXPORT int cuCtxSetCurrent(context *c) {
    ENTER("cuCtxSetCurrent");
    current = c;
    return success;
}

EXPORT int cuGetErrorName(int code, const char **name) {
    static const std::map<int, const char *> names = {
        {1, "CUDA_ERROR_INVALID_VALUE"},        {2, "CUDA_ERROR_OUT_OF_MEMORY"},
        {46, "CUDA_ERROR_DEVICE_UNAVAILABLE"},  {100, "CUDA_ERROR_NO_DEVICE"},
        {200, "CUDA_ERROR_INVALID_IMAGE"},      {201, "CUDA_ERROR_INVALID_CONTEXT"},
        {214, "CUDA_ERROR_ECC_UNCORRECTABLE"},  {222, "CUDA_ERROR_UNSUPPORTED_PTX_VERSION"},
        {500, "CUDA_ERROR_NOT_FOUND"},          {700, "CUDA_ERROR_ILLEGAL_ADDRESS"},
        {701, "CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES"}, {709, "CUDA_ERROR_CONTEXT_IS_DESTROYED"},
        {719, "CUDA_ERROR_LAUNCH_FAILED"},
    };
    auto found = names.find(code);
    if (found == names.end()) return invalid_value;
    *name = found->second;
    return success;
}

// ---- Memory --------------------------------------------------------------------------------------------------------

EXPORT int cuMemGetInfo_v2(size_t *free, size_t *total) {
    ENTER_CONTEXT("cuMemGetInfo");
    *total = (size_t)capacity();
    *free = (size_t)(capacity() - current->used);
    return success;
}

EXPORT int cuMemAlloc_v2(address *at, size_t bytes) {
    ENTER_CONTEXT("cuMemAlloc");
    if (bytes == 0) return invalid_value;
    if ((long long)bytes > capacity() - current->used) return out_of_memory;
    void *memory = malloc(bytes);
    if (memory == nullptr) return out_of_memory;
    memset(memory, 0xff, bytes); // NaN
    *at = (address)memory;
    current->memory[*at] = bytes;
    current->used += (long long)bytes;
    return success;
}

EXPORT int cuMemFree_v2(address at) {
    ENTER_CONTEXT("cuMemFree");
    auto found = current->memory.find(at);
    if (found == current->memory.end()) return invalid_value;
    current->used -= (long long)found->second;
    current->memory.erase(found);
    free((void *)at);
    return success;
}

EXPORT int cuMemHostAlloc(void **memory, size_t bytes, unsigned) {
    ENTER_CONTEXT("cuMemHostAlloc");
    *memory = malloc(bytes);
    if (*memory == nullptr) return out_of_memory;
    memset(*memory, 0xff, bytes);
    host[*memory] = bytes;
    return success;
}

EXPORT int cuMemFreeHost(void *memory) {
    ENTER("cuMemFreeHost");
    if (host.erase(memory) == 0) return invalid_value;
    memset(memory, 0xff, 8);
    free(memory);
    return current == nullptr ? (int)invalid_context : current->spoilt;
}

// ---- Modules -------------------------------------------------------------------------------------------------------

// load makes a shared object of its digits. Each is a file of its own, or two modules would have one set of constants.
static void *load(const char *digits) {
    std::string path = fake::variable("TMPDIR");
    path = (path.empty() ? "/tmp" : path) + "/fake-cuda-XXXXXX";
    int file = mkstemp(path.data());
    if (file < 0) return nullptr;
    std::string bytes;
    for (; digits[0] != 0 && digits[1] != 0; digits += 2) {
        char pair[3] = {digits[0], digits[1], 0};
        bytes += (char)strtol(pair, nullptr, 16);
    }
    bool written = write(file, bytes.data(), bytes.size()) == (ssize_t)bytes.size();
    close(file);
    void *object = written ? dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL) : nullptr;
    if (object == nullptr) fprintf(stderr, "fake CUDA: %s\n", dlerror());
    unlink(path.c_str());
    return object;
}

EXPORT int cuModuleLoadData(module **m, const char *image) {
    ENTER_CONTEXT("cuModuleLoadData");
    const char *mark = "// fake PTX\n";
    if (strncmp(image, mark, strlen(mark)) != 0) return invalid_image;
    void *object = load(image + strlen(mark));
    if (object == nullptr) return invalid_image;
    *m = new module{current, object};
    current->modules++;
    for (auto *c = (shim_constant *)dlsym(object, "shim_constants"); c->name != nullptr; c++)
        current->constants[(address)c->at] = 8 * c->count;
    return success;
}

EXPORT int cuModuleUnload(module *m) {
    ENTER_CONTEXT("cuModuleUnload");
    for (auto *c = (shim_constant *)dlsym(m->object, "shim_constants"); c->name != nullptr; c++)
        current->constants.erase((address)c->at);
    dlclose(m->object);
    current->modules--;
    delete m;
    return success;
}

EXPORT int cuModuleGetFunction(const shim_kernel **function, module *m, const char *name) {
    ENTER_CONTEXT("cuModuleGetFunction");
    for (auto *k = (shim_kernel *)dlsym(m->object, "shim_kernels"); k->name != nullptr; k++) {
        if (strcmp(k->name, name) != 0) continue;
        *function = k;
        return success;
    }
    return not_found;
}

EXPORT int cuModuleGetGlobal_v2(address *at, size_t *bytes, module *m, const char *name) {
    ENTER_CONTEXT("cuModuleGetGlobal");
    for (auto *c = (shim_constant *)dlsym(m->object, "shim_constants"); c->name != nullptr; c++) {
        if (strcmp(c->name, name) != 0) continue;
        *at = (address)c->at;
        *bytes = 8 * c->count;
        return success;
    }
    return not_found;
}

// ---- Streams -------------------------------------------------------------------------------------------------------

EXPORT int cuStreamCreate(stream **s, unsigned) {
    ENTER_CONTEXT("cuStreamCreate");
    *s = new stream{current, {}};
    current->streams++;
    return success;
}

EXPORT int cuStreamDestroy_v2(stream *s) {
    ENTER("cuStreamDestroy");
    s->home->streams--;
    int spoilt = s->home->spoilt;
    delete s;
    return spoilt;
}

EXPORT int cuStreamSynchronize(stream *s) {
    ENTER_CONTEXT("cuStreamSynchronize");
    auto queue = std::move(s->queue);
    s->queue.clear();
    for (auto &work : queue)
        if (int code = work()) return fail(current, code);
    return success;
}

static bool writable(context *c, address at, size_t bytes) {
    return inside(c->memory, at, bytes) || inside(c->constants, at, bytes);
}

static bool locked(const void *memory, size_t bytes) {
    std::map<address, size_t> places;
    for (auto &h : host) places[(address)h.first] = h.second;
    return inside(places, (address)memory, bytes);
}

EXPORT int cuMemcpyHtoDAsync_v2(address to, const void *from, size_t bytes, stream *s) {
    ENTER_CONTEXT("cuMemcpyHtoDAsync");
    if (!writable(current, to, bytes) || !locked(from, bytes)) return invalid_value;
    s->queue.push_back([=] {
        memcpy((void *)to, from, bytes);
        return success;
    });
    return success;
}

EXPORT int cuMemcpyDtoHAsync_v2(void *to, address from, size_t bytes, stream *s) {
    ENTER_CONTEXT("cuMemcpyDtoHAsync");
    if (!inside(current->memory, from, bytes) || !locked(to, bytes)) return invalid_value;
    s->queue.push_back([=] {
        memcpy(to, (const void *)from, bytes);
        return success;
    });
    return success;
}

EXPORT int cuMemsetD8Async(address at, unsigned char value, size_t bytes, stream *s) {
    ENTER_CONTEXT("cuMemsetD8Async");
    if (!writable(current, at, bytes)) return invalid_value;
    s->queue.push_back([=] {
        memset((void *)at, value, bytes);
        return success;
    });
    return success;
}

EXPORT int cuLaunchKernel(const shim_kernel *k, unsigned blocks, unsigned, unsigned, unsigned threads, unsigned, unsigned,
                          unsigned, stream *s, void **parameters, void **) {
    ENTER_CONTEXT("cuLaunchKernel");
    if (blocks == 0 || threads == 0 || threads > 1024) return invalid_value;
    std::string arguments((const char *)parameters[0], 8 * k->arguments);
    s->queue.push_back([=] {
        if (int code = fake::planted("kernel")) return code;
        shim_run(k->run, arguments.data(), blocks, threads);
        return (int)success;
    });
    return success;
}

// The fake libnvrtc.so.12: its "PTX" is the shared object of a text, in hexadecimal digits after a line that marks it. The
// end of the object has the tables of table.h, of the kernels and constants that are found in the text.
#include <ctype.h>
#include <string.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <set>
#include <sstream>

#include "fake.h"

enum result { success = 0, invalid_program = 4, invalid_option = 5, failed_compilation = 6, builtin_failure = 7 };

struct program {
    std::string source, log, ptx;
};

static std::string read(const std::string &path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

// names finds what is declared with a qualifier: the word before the next bracket. What is static has no name outside.
static std::set<std::string> names(const std::string &source, const std::string &qualifier, char bracket) {
    std::set<std::string> found;
    for (size_t at = source.find(qualifier); at != std::string::npos; at = source.find(qualifier, at + 1)) {
        const std::string hidden = "static ";
        if (at >= hidden.size() && source.compare(at - hidden.size(), hidden.size(), hidden) == 0) continue;
        size_t bounds = source.find("__launch_bounds__", at), end = source.find(bracket, at);
        if (bounds < end) end = source.find(bracket, end + 1);
        if (end == std::string::npos) break;
        size_t begin = end;
        while (isalnum((unsigned char)source[begin - 1]) || source[begin - 1] == '_') begin--;
        found.insert(source.substr(begin, end - begin));
    }
    return found;
}

static std::string with_tables(const std::string &source) {
    auto kernels = names(source, "__global__", '('), constants = names(source, "__constant__", '[');
    std::ostringstream text;
    text << "#line 1 \"text.cu\"\n" << source << "\n#line 1 \"tables\"\n";
    for (auto &k : kernels)
        text << "static void shim_run_" << k << "(const void *a) { " << k << "(*(const " << k << "_arguments *)a); }\n";
    text << "extern \"C\" shim_kernel shim_kernels[];\nshim_kernel shim_kernels[] = {\n";
    for (auto &k : kernels)
        text << "    {\"" << k << "\", shim_run_" << k << ", shim_members<" << k << "_arguments>()},\n";
    text << "    {},\n};\nextern \"C\" shim_constant shim_constants[];\nshim_constant shim_constants[] = {\n";
    for (auto &c : constants) text << "    shim_array(\"" << c << "\", " << c << "),\n";
    text << "    {},\n};\n";
    return text.str();
}

static int compile(program *p, const std::string &folder) {
    std::string source = folder + "/text.cc", object = folder + "/text.so", log = folder + "/log";
    std::ofstream(source) << with_tables(p->source);
    std::string command = fake::variable("FAKE_CUDA_COMPILE") + " " + source + " -o " + object + " " +
                          fake::variable("FAKE_CUDA_LINK") + " >" + log + " 2>&1";
    int status = system(command.c_str());
    p->log = read(log);
    if (status != 0) return failed_compilation;
    std::ostringstream ptx;
    ptx << "// fake PTX\n";
    for (unsigned char byte : read(object)) ptx << "0123456789abcdef"[byte >> 4] << "0123456789abcdef"[byte & 15];
    p->ptx = ptx.str();
    return success;
}

#define ENTER(name)                                         \
    std::lock_guard<std::recursive_mutex> guard(fake::lock); \
    if (int code = fake::planted(name)) return code

EXPORT int nvrtcVersion(int *major, int *minor) {
    ENTER("nvrtcVersion");
    *major = 12;
    *minor = 0;
    return success;
}

EXPORT int nvrtcCreateProgram(program **p, const char *source, const char *, int, const char *const *, const char *const *) {
    ENTER("nvrtcCreateProgram");
    *p = new program{source, "", ""};
    return success;
}

EXPORT int nvrtcDestroyProgram(program **p) {
    ENTER("nvrtcDestroyProgram");
    delete *p;
    *p = nullptr;
    return success;
}

EXPORT int nvrtcCompileProgram(program *p, int count, const char *const *options) {
    ENTER("nvrtcCompileProgram");
    bool separate = false; // products and sums stay two operations
    for (int i = 0; i < count; i++) {
        std::string option = options[i], architecture = "--gpu-architecture=compute_";
        if (option == "--fmad=false") separate = true;
        if (option.rfind(architecture, 0) == 0 &&
            atoll(option.c_str() + architecture.size()) > fake::number("FAKE_CUDA_NEWEST", 90))
            return invalid_option;
        if (option.rfind(architecture, 0) == 0) fake::log("compile " + option.substr(architecture.size()));
    }
    if (!separate) return invalid_option;
    std::string folder = fake::variable("TMPDIR");
    folder = (folder.empty() ? "/tmp" : folder) + "/fake-cuda-XXXXXX";
    if (mkdtemp(folder.data()) == nullptr) return builtin_failure;
    int code = compile(p, folder);
    for (const char *name : {"/text.cc", "/text.so", "/log"}) unlink((folder + name).c_str());
    rmdir(folder.c_str());
    return code;
}

static int size(const std::string &text, size_t *bytes) {
    *bytes = text.size() + 1;
    return success;
}

static int copy(const std::string &text, char *to) {
    memcpy(to, text.c_str(), text.size() + 1);
    return success;
}

EXPORT int nvrtcGetPTXSize(program *p, size_t *bytes) {
    ENTER("nvrtcGetPTXSize");
    return size(p->ptx, bytes);
}

EXPORT int nvrtcGetPTX(program *p, char *to) {
    ENTER("nvrtcGetPTX");
    return copy(p->ptx, to);
}

EXPORT int nvrtcGetProgramLogSize(program *p, size_t *bytes) {
    ENTER("nvrtcGetProgramLogSize");
    return size(p->log, bytes);
}

EXPORT int nvrtcGetProgramLog(program *p, char *to) {
    ENTER("nvrtcGetProgramLog");
    return copy(p->log, to);
}

// Not used, but looked for.
EXPORT int nvrtcAddNameExpression(program *, const char *) { return invalid_program; }
EXPORT int nvrtcGetLoweredName(program *, const char *, const char **) { return invalid_program; }

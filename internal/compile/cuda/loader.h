// loader.h is what this package calls of loader.c.
#ifndef GOBRAGG_CUDA_LOADER_H
#define GOBRAGG_CUDA_LOADER_H

#include <stddef.h>

// gobragg_cuda_init is what came of loading the driver and of its cuInit: its result, or −1 where the library could not
// be loaded; why then says why not.
int gobragg_cuda_init(const char **why);

// gobragg_cuda_open_compiler loads NVRTC from a library. NULL, or why it does not work, to be freed.
char *gobragg_cuda_open_compiler(const char *library);

// gobragg_cuda_mend_signals is called after libraries that may have changed the handlers of signals.
void gobragg_cuda_mend_signals(void);

// What gorgonia.org/cu lacks.
int gobragg_cuda_host_alloc(void **memory, size_t bytes);
const char *gobragg_cuda_error_name(int code);

#endif

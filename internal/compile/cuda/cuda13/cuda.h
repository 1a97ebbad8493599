// This cuda.h lets gorgonia.org/cu v0.9.6, which is written for CUDA 11 and 12, be built with the headers of CUDA 13: there
// some functions' names stand for newer versions of them, with other parameters. The driver has the old ones still. It
// stands before CUDA's own, which it includes, and changes nothing in older ones:
//
//     CGO_CPPFLAGS="-I$PWD/internal/compile/cuda/cuda13" go build -tags nbcuda ./...
#include_next <cuda.h>

#ifndef GOBRAGG_CUDA13_H
#define GOBRAGG_CUDA13_H

#if CUDA_VERSION >= 13000

#undef cuCtxCreate
#undef cuMemAdvise
#undef cuMemPrefetchAsync
#undef cuGraphAddDependencies
#undef cuGraphGetEdges

#ifdef __cplusplus
extern "C" {
#endif

CUresult CUDAAPI cuCtxCreate_v2(CUcontext *context, unsigned int flags, CUdevice device);
CUresult CUDAAPI cuMemAdvise(CUdeviceptr memory, size_t count, CUmem_advise advice, CUdevice device);
CUresult CUDAAPI cuMemPrefetchAsync(CUdeviceptr memory, size_t count, CUdevice device, CUstream stream);
CUresult CUDAAPI cuGraphAddDependencies(CUgraph graph, const CUgraphNode *from, const CUgraphNode *to, size_t count);
CUresult CUDAAPI cuGraphGetEdges(CUgraph graph, CUgraphNode *from, CUgraphNode *to, size_t *count);

#ifdef __cplusplus
}
#endif

#define cuCtxCreate cuCtxCreate_v2

#endif // CUDA_VERSION

#endif

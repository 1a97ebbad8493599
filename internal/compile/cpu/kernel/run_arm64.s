#include "go_asm.h"
#include "textflag.h"

// The kernels expect
//
//	R19  the instruction
//	R20  the address of the arena
//	R21  the address of the lists' headers
//	R22  the size of a vector in bytes
//	R23  0; they set bits where lanes are to be redone
//
// and may change R0 to R13, R23 and all vector registers.

// func runCalls(calls *call, count int, arena *float64, lanes int, lists *[]float64) (left int)
TEXT ·runCalls(SB), NOSPLIT, $16-48
	MOVD calls+0(FP), R19
	MOVD count+8(FP), R24
	MOVD arena+16(FP), R20
	MOVD lanes+24(FP), R22
	LSL  $3, R22, R22
	MOVD lists+32(FP), R21
	MOVD ZR, R23

next:
	MOVD call_kernel(R19), R0
	CALL (R0)
	CBNZ R23, stop
	ADD  $call__size, R19, R19
	SUBS $1, R24, R24
	BNE  next

stop:
	MOVD R24, left+40(FP)
	RET

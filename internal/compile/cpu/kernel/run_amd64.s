#include "go_asm.h"
#include "textflag.h"

// The kernels expect
//
//	BX   the instruction
//	R10  0; they set bits where lanes are to be redone
//	R12  minus the size of a vector in bytes
//	R13  the address of the arena plus that size
//	R15  the address of the lists' headers
//
// and may change all else but the stack, BP and R14.

// func runCalls(calls *call, count int, arena *float64, lanes int, lists *[]float64) (left int)
TEXT ·runCalls(SB), NOSPLIT, $8-48
	MOVQ calls+0(FP), BX
	MOVQ count+8(FP), CX
	MOVQ CX, left-8(SP)
	MOVQ lanes+24(FP), R12
	SHLQ $3, R12
	MOVQ arena+16(FP), R13
	ADDQ R12, R13
	NEGQ R12
	MOVQ lists+32(FP), R15
	XORL R10, R10

next:
	MOVQ  call_kernel(BX), AX
	CALL  AX
	TESTL R10, R10
	JNZ   stop
	ADDQ  $call__size, BX
	DECQ  left-8(SP)
	JNZ   next

stop:
	VZEROUPPER
	MOVQ left-8(SP), CX
	MOVQ CX, left+40(FP)
	RET

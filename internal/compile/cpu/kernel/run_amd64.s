#include "go_asm.h"
#include "textflag.h"

// The kernels expect
//
//	BX   the instruction
//	R10  0; they set bits where lanes are to be redone
//	R12  minus the size of a vector in bytes
//	R13  the address of the arena plus that size
//
// and may change all else but the stack, BP and R14.

// func runSteps(steps *step, count int, arena *float64, lanes int) (left int)
TEXT ·runSteps(SB), NOSPLIT, $8-40
	MOVQ steps+0(FP), BX
	MOVQ count+8(FP), CX
	MOVQ CX, left-8(SP)
	MOVQ lanes+24(FP), R12
	SHLQ $3, R12
	MOVQ arena+16(FP), R13
	ADDQ R12, R13
	NEGQ R12
	XORL R10, R10

next:
	MOVQ  step_kernel(BX), AX
	CALL  AX
	TESTL R10, R10
	JNZ   stop
	ADDQ  $step__size, BX
	DECQ  left-8(SP)
	JNZ   next

stop:
	VZEROUPPER
	MOVQ left-8(SP), CX
	MOVQ CX, left+32(FP)
	RET

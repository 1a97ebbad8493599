package main

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"math"
	"math/big"

	"github.com/gobragg/gobragg/format"
	"github.com/gobragg/gobragg/internal/cli"
	"github.com/gobragg/gobragg/internal/compare"
)

// inspectImages reads frames: all if there are not too many, else the first, or the one of a number from 1.
func inspectImages(ctx context.Context, images format.Images, number int, pixels [][2]int) (*inspectedImage, error) {
	fast, slow, typ := images.Size()
	out := &inspectedImage{Fast: fast, Slow: slow, Frames: images.Frames(), Type: typ.String(), Frame: []inspectedFrame{}}
	if g := images.Geometry(); g != nil && len(g.Panels) > 0 {
		out.Pedestal = g.Panels[0].Pedestal
	}
	first, end := 0, out.Frames
	switch {
	case number > out.Frames:
		return nil, cli.Usagef("inspect: --frame %d of %d", number, out.Frames)
	case number > 0:
		first, end = number-1, number
	case out.Frames > maxFrames:
		end = 1
	}
	for _, p := range pixels {
		if p[0] >= fast || p[1] >= slow {
			return nil, cli.Usagef("inspect: --pixel %d,%d is outside %d × %d pixels", p[0], p[1], fast, slow)
		}
	}
	var f format.Frame
	for i := first; i < end; i++ {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err := images.Read(i, &f); err != nil {
			return nil, err
		}
		shown := inspectedFrame{Number: i + 1, Masked: f.Masked(), CRC32: f.CRC32()}
		shown.Sum, shown.Min, shown.Max = summary(&f)
		out.Frame = append(out.Frame, shown)
		if i > first {
			continue
		}
		for _, p := range pixels {
			out.Pixels = append(out.Pixels, inspectedPixel{p[0], p[1], value(&f, p[1]*fast+p[0])})
		}
	}
	return out, nil
}

// value returns the value of a pixel, exactly.
func value(f *format.Frame, i int) number {
	switch {
	case f.Type == format.Uint64:
		return whole(new(big.Int).SetUint64(binary.LittleEndian.Uint64(f.Data[8*i:])))
	case f.Type.Float():
		return compare.Number(f.At(i))
	}
	return whole(big.NewInt(signed(f, i)))
}

// signed returns the value of a pixel of any integer type but uint64.
func signed(f *format.Frame, i int) int64 {
	if f.Type == format.Int64 {
		return int64(binary.LittleEndian.Uint64(f.Data[8*i:]))
	}
	return int64(f.At(i))
}

// number is a JSON number: an integer of any length, or a float64 that may be undefined.
type number any

func whole(n *big.Int) number { return json.Number(n.String()) }

// summary returns the sum, the least and the greatest of all values; of integers exactly.
func summary(f *format.Frame) (sum, least, most number) {
	n := f.Fast * f.Slow
	switch {
	case n == 0:
		undefined := compare.Number(math.NaN())
		return undefined, undefined, undefined
	case f.Type.Float():
		total, low, high := 0.0, math.Inf(1), math.Inf(-1)
		for i := range n {
			v := f.At(i)
			total, low, high = total+v, min(low, v), max(high, v)
		}
		return compare.Number(total), compare.Number(low), compare.Number(high)
	case f.Type == format.Uint64:
		total, low, high := new(big.Int), uint64(math.MaxUint64), uint64(0)
		for i := range n {
			v := binary.LittleEndian.Uint64(f.Data[8*i:])
			total.Add(total, new(big.Int).SetUint64(v))
			low, high = min(low, v), max(high, v)
		}
		return whole(total), whole(new(big.Int).SetUint64(low)), whole(new(big.Int).SetUint64(high))
	}
	total, part, low, high := new(big.Int), int64(0), int64(math.MaxInt64), int64(math.MinInt64)
	for i := range n {
		v := signed(f, i)
		if part += v; f.Type == format.Int64 || i%(1<<20) == 0 { // 2²⁰ values of 32 bits cannot overflow
			total.Add(total, big.NewInt(part))
			part = 0
		}
		low, high = min(low, v), max(high, v)
	}
	return whole(total.Add(total, big.NewInt(part))), whole(big.NewInt(low)), whole(big.NewInt(high))
}

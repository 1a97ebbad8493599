package hdf5

import "encoding/binary"

// Bitshuffle stores, of n elements of s bytes, for each byte of the element and each bit of that
// byte, lowest first, the n/8 bytes that hold this bit of all elements: bit k of byte j belongs to
// element 8j+k. One such row is a plane. n is a multiple of 8.
//
// Eight planes of one byte of the elements are handled at a time, in words of eight bytes: with the
// index of the word i, of the byte in the word j and of the bit in the byte k, the words have to be
// reordered from (i, j, k) to (j, k, i). turn exchanges i and k, and transpose the bytes.

// turn exchanges, in eight words, the index of a word and that of a bit in its byte. It reports
// whether any bit is set.
func turn(w *[8]uint64) bool {
	w0, w1, w2, w3, w4, w5, w6, w7 := w[0], w[1], w[2], w[3], w[4], w[5], w[6], w[7]
	if w0|w1|w2|w3|w4|w5|w6|w7 == 0 {
		return false
	}
	const m1, m2, m4 = 0x5555555555555555, 0x3333333333333333, 0x0f0f0f0f0f0f0f0f
	var t uint64
	t = (w0>>1 ^ w1) & m1
	w0, w1 = w0^t<<1, w1^t
	t = (w2>>1 ^ w3) & m1
	w2, w3 = w2^t<<1, w3^t
	t = (w4>>1 ^ w5) & m1
	w4, w5 = w4^t<<1, w5^t
	t = (w6>>1 ^ w7) & m1
	w6, w7 = w6^t<<1, w7^t

	t = (w0>>2 ^ w2) & m2
	w0, w2 = w0^t<<2, w2^t
	t = (w1>>2 ^ w3) & m2
	w1, w3 = w1^t<<2, w3^t
	t = (w4>>2 ^ w6) & m2
	w4, w6 = w4^t<<2, w6^t
	t = (w5>>2 ^ w7) & m2
	w5, w7 = w5^t<<2, w7^t

	t = (w0>>4 ^ w4) & m4
	w0, w4 = w0^t<<4, w4^t
	t = (w1>>4 ^ w5) & m4
	w1, w5 = w1^t<<4, w5^t
	t = (w2>>4 ^ w6) & m4
	w2, w6 = w2^t<<4, w6^t
	t = (w3>>4 ^ w7) & m4
	w3, w7 = w3^t<<4, w7^t
	w[0], w[1], w[2], w[3], w[4], w[5], w[6], w[7] = w0, w1, w2, w3, w4, w5, w6, w7
	return true
}

// transpose exchanges, in eight words, the index of a word and that of a byte in it.
func transpose(w *[8]uint64) {
	const m8, m16, m32 = 0x00ff00ff00ff00ff, 0x0000ffff0000ffff, 0x00000000ffffffff
	w0, w1, w2, w3, w4, w5, w6, w7 := w[0], w[1], w[2], w[3], w[4], w[5], w[6], w[7]
	w0, w1 = w0&m8|w1<<8&^m8, w0>>8&m8|w1&^m8
	w2, w3 = w2&m8|w3<<8&^m8, w2>>8&m8|w3&^m8
	w4, w5 = w4&m8|w5<<8&^m8, w4>>8&m8|w5&^m8
	w6, w7 = w6&m8|w7<<8&^m8, w6>>8&m8|w7&^m8

	w0, w2 = w0&m16|w2<<16&^m16, w0>>16&m16|w2&^m16
	w1, w3 = w1&m16|w3<<16&^m16, w1>>16&m16|w3&^m16
	w4, w6 = w4&m16|w6<<16&^m16, w4>>16&m16|w6&^m16
	w5, w7 = w5&m16|w7<<16&^m16, w5>>16&m16|w7&^m16

	w[0], w[4] = w0&m32|w4<<32, w0>>32|w4&^m32
	w[1], w[5] = w1&m32|w5<<32, w1>>32|w5&^m32
	w[2], w[6] = w2&m32|w6<<32, w2>>32|w6&^m32
	w[3], w[7] = w3&m32|w7<<32, w3>>32|w7&^m32
}

// load reads the words at the offset of eight planes that follow each other in the given distance.
// It leaves out what lies beyond the end of a plane, for which bytes is less than 8.
func load(w *[8]uint64, planes []byte, offset, distance, bytes int) {
	if bytes == 8 {
		for i := range w {
			w[i] = binary.LittleEndian.Uint64(planes[i*distance+offset:])
		}
		return
	}
	for i := range w {
		var part [8]byte
		copy(part[:bytes], planes[i*distance+offset:])
		w[i] = binary.LittleEndian.Uint64(part[:])
	}
}

// store is the reverse of load.
func store(w *[8]uint64, planes []byte, offset, distance, bytes int) {
	if bytes == 8 {
		for i := range w {
			binary.LittleEndian.PutUint64(planes[i*distance+offset:], w[i])
		}
		return
	}
	for i := range w {
		var part [8]byte
		binary.LittleEndian.PutUint64(part[:], w[i])
		copy(planes[i*distance+offset:][:bytes], part[:])
	}
}

// unshuffle writes to dst the elements of the given size whose planes are in src. Both have the
// same length, a multiple of 8·size.
func unshuffle(dst, src []byte, size int) {
	rows := len(src) / size / 8 // bytes of a plane
	for j := 0; j < rows; j += 8 {
		bytes := min(8, rows-j)
		switch size {
		case 2:
			unshuffle2(dst[16*j:], src, j, rows, bytes)
		case 4:
			unshuffle4(dst[32*j:], src, j, rows, bytes)
		default:
			unshuffleAny(dst[8*size*j:], src, j, rows, bytes, size)
		}
	}
}

// unshuffleAny writes 8·bytes elements of any size.
func unshuffleAny(dst, src []byte, offset, rows, bytes, size int) {
	var w [8]uint64
	for b := range size {
		load(&w, src[8*b*rows:], offset, rows, bytes)
		turn(&w)
		if size == 1 {
			transpose(&w)
			for j := range bytes {
				binary.LittleEndian.PutUint64(dst[8*j:], w[j])
			}
			return
		}
		for k := range w {
			for j := range bytes {
				dst[(8*j+k)*size+b] = byte(w[k] >> (8 * j))
			}
		}
	}
}

// unshuffle2 writes 8·bytes elements of two bytes.
func unshuffle2(dst, src []byte, offset, rows, bytes int) {
	var low, high [8]uint64
	load(&low, src, offset, rows, bytes)
	load(&high, src[8*rows:], offset, rows, bytes)
	turn(&low)
	turn(&high)
	if bytes < 8 {
		for k := range low {
			for j := range bytes {
				dst[(8*j+k)*2] = byte(low[k] >> (8 * j))
				dst[(8*j+k)*2+1] = byte(high[k] >> (8 * j))
			}
		}
		return
	}
	const m8, m16, m32 = 0x00ff00ff00ff00ff, 0x0000ffff0000ffff, 0x00000000ffffffff
	out := (*[128]byte)(dst)
	for half := range 2 {
		// The elements 8j+k for four k: first in pairs of words with even and odd j, then transposed.
		var even, odd [4]uint64
		for i := range 4 {
			l, h := low[4*half+i], high[4*half+i]
			even[i], odd[i] = l&m8|h<<8&^m8, l>>8&m8|h&^m8
		}
		for j, w := range [2]*[4]uint64{&even, &odd} {
			w0, w1, w2, w3 := w[0], w[1], w[2], w[3]
			w0, w1 = w0&m16|w1<<16&^m16, w0>>16&m16|w1&^m16
			w2, w3 = w2&m16|w3<<16&^m16, w2>>16&m16|w3&^m16
			at := out[16*j+8*half:][:104]
			binary.LittleEndian.PutUint64(at[0:], w0&m32|w2<<32)
			binary.LittleEndian.PutUint64(at[32:], w1&m32|w3<<32)
			binary.LittleEndian.PutUint64(at[64:], w0>>32|w2&^m32)
			binary.LittleEndian.PutUint64(at[96:], w1>>32|w3&^m32)
		}
	}
}

// unshuffle4 writes 8·bytes elements of four bytes.
func unshuffle4(dst, src []byte, offset, rows, bytes int) {
	var w [4][8]uint64
	upper := false // any bit of the upper three bytes, which counts seldom have
	for b := range w {
		load(&w[b], src[8*b*rows:], offset, rows, bytes)
		upper = turn(&w[b]) && b > 0 || upper
	}
	if bytes < 8 {
		for b := range w {
			for k := range w[b] {
				for j := range bytes {
					dst[(8*j+k)*4+b] = byte(w[b][k] >> (8 * j))
				}
			}
		}
		return
	}
	const m8, m16, m32 = 0x00ff00ff00ff00ff, 0x0000ffff0000ffff, 0x00000000ffffffff
	out := (*[256]byte)(dst)
	for k := 0; k < 8; k += 2 {
		// The elements 8j+k and 8j+k+1, with j and j+4 in a word.
		var a, b [4]uint64
		if upper {
			a = interleave(w[0][k], w[1][k], w[2][k], w[3][k])
			b = interleave(w[0][k+1], w[1][k+1], w[2][k+1], w[3][k+1])
		} else {
			x, y := w[0][k], w[0][k+1]
			a = [4]uint64{x & m8 & m16, x >> 8 & m8 & m16, x >> 16 & m8 & m16, x >> 24 & m8 & m16}
			b = [4]uint64{y & m8 & m16, y >> 8 & m8 & m16, y >> 16 & m8 & m16, y >> 24 & m8 & m16}
		}
		at := out[4*k:][:232]
		binary.LittleEndian.PutUint64(at[0:], a[0]&m32|b[0]<<32)
		binary.LittleEndian.PutUint64(at[32:], a[1]&m32|b[1]<<32)
		binary.LittleEndian.PutUint64(at[64:], a[2]&m32|b[2]<<32)
		binary.LittleEndian.PutUint64(at[96:], a[3]&m32|b[3]<<32)
		binary.LittleEndian.PutUint64(at[128:], a[0]>>32|b[0]&^m32)
		binary.LittleEndian.PutUint64(at[160:], a[1]>>32|b[1]&^m32)
		binary.LittleEndian.PutUint64(at[192:], a[2]>>32|b[2]&^m32)
		binary.LittleEndian.PutUint64(at[224:], a[3]>>32|b[3]&^m32)
	}
}

// interleave returns, of four words with the bytes of eight elements, the words with the elements 0
// and 4, 1 and 5, 2 and 6, 3 and 7.
func interleave(w0, w1, w2, w3 uint64) [4]uint64 {
	// This transposes 4 × 4 bytes twice, in the lower and in the upper halves of the words.
	const m8, m16 = 0x00ff00ff00ff00ff, 0x0000ffff0000ffff
	w0, w1 = w0&m8|w1<<8&^m8, w0>>8&m8|w1&^m8
	w2, w3 = w2&m8|w3<<8&^m8, w2>>8&m8|w3&^m8
	return [4]uint64{w0&m16 | w2<<16&^m16, w1&m16 | w3<<16&^m16, w0>>16&m16 | w2&^m16, w1>>16&m16 | w3&^m16}
}

// shuffle writes to dst the planes of the elements of the given size in src, the reverse of
// unshuffle. Each of its steps is its own reverse.
func shuffle(dst, src []byte, size int) {
	rows := len(src) / size / 8
	var w [8]uint64
	for j := 0; j < rows; j += 8 {
		bytes := min(8, rows-j)
		in := src[8*j*size:]
		switch {
		case size == 2 && bytes == 8:
			shuffle2(dst, (*[128]byte)(in), j, rows)
			continue
		case size == 4 && bytes == 8:
			shuffle4(dst, (*[256]byte)(in), j, rows)
			continue
		}
		for b := range size {
			w = [8]uint64{}
			for e := range 8 * bytes {
				w[e/8] |= uint64(in[e*size+b]) << (8 * (e % 8))
			}
			// w[j] has the bytes k: transposed, w[k] has the bytes j, as after turn.
			transpose(&w)
			turn(&w)
			store(&w, dst[8*b*rows:], j, rows, bytes)
		}
	}
}

// shuffle2 writes the planes of 64 elements of two bytes.
func shuffle2(dst []byte, in *[128]byte, offset, rows int) {
	const m8, m16, m32 = 0x00ff00ff00ff00ff, 0x0000ffff0000ffff, 0x00000000ffffffff
	var low, high [8]uint64
	for half := range 2 {
		var even, odd [4]uint64
		for j, w := range [2]*[4]uint64{&even, &odd} {
			at := in[16*j+8*half:][:104]
			x0, x1, x2, x3 := binary.LittleEndian.Uint64(at[0:]), binary.LittleEndian.Uint64(at[32:]), binary.LittleEndian.Uint64(at[64:]), binary.LittleEndian.Uint64(at[96:])
			w0, w1, w2, w3 := x0&m32|x2<<32, x1&m32|x3<<32, x0>>32|x2&^m32, x1>>32|x3&^m32
			w[0], w[1] = w0&m16|w1<<16&^m16, w0>>16&m16|w1&^m16
			w[2], w[3] = w2&m16|w3<<16&^m16, w2>>16&m16|w3&^m16
		}
		for i := range 4 {
			e, o := even[i], odd[i]
			low[4*half+i], high[4*half+i] = e&m8|o<<8&^m8, e>>8&m8|o&^m8
		}
	}
	turn(&low)
	turn(&high)
	store(&low, dst, offset, rows, 8)
	store(&high, dst[8*rows:], offset, rows, 8)
}

// shuffle4 writes the planes of 64 elements of four bytes.
func shuffle4(dst []byte, in *[256]byte, offset, rows int) {
	const m32 = 0x00000000ffffffff
	var w [4][8]uint64
	for k := 0; k < 8; k += 2 {
		at := in[4*k:][:232]
		var a, b [4]uint64
		for i := range 4 {
			x, y := binary.LittleEndian.Uint64(at[32*i:]), binary.LittleEndian.Uint64(at[128+32*i:])
			a[i], b[i] = x&m32|y<<32, x>>32|y&^m32
		}
		a = interleave(a[0], a[1], a[2], a[3])
		b = interleave(b[0], b[1], b[2], b[3])
		for i := range 4 {
			w[i][k], w[i][k+1] = a[i], b[i]
		}
	}
	for b := range w {
		turn(&w[b])
		store(&w[b], dst[8*b*rows:], offset, rows, 8)
	}
}

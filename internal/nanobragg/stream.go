package nanobragg

// The stream is the "minimal standard" generator of Park and Miller (Comm. ACM 31 (1988) 1192),
// computed by Schrage's method and shuffled as proposed by Bays and Durham: ran1 of Numerical
// Recipes (Press et al., 1992, chapter 7.1).
const (
	modulus     = 1<<31 - 1 // a prime
	multiplier  = 16807     // 7^5
	quotient    = modulus / multiplier
	remainder   = modulus % multiplier
	shuffleSize = 32
	warmUp      = 8
	largest     = float32(1 - 1.2e-7)
)

// Stream generates uniform deviates. The zero value behaves as NewStream(0).
type Stream struct {
	state   int64 // 1 to modulus-1; 0 restarts at 1
	last    int64 // the last deviate, which selects the next from the table
	shuffle [shuffleSize]int64
	started bool
}

// NewStream returns the stream of a seed as the reference program defines it internally: the seed
// -s starts at s, and zero or a positive seed at 1. (The program negates its options -mosaic_seed
// and -misset_seed, which are therefore positive.) Seeds beyond the modulus 2^31-1 are reduced
// modulo it.
func NewStream(seed int64) *Stream {
	s := new(Stream)
	if seed < 0 {
		s.start(-(seed % modulus))
	} else {
		s.start(1)
	}
	return s
}

// start sets the generator to a state in [0, modulus) and fills the shuffle table.
func (s *Stream) start(state int64) {
	s.state = state
	for range warmUp {
		s.advance()
	}
	for i := range s.shuffle {
		s.shuffle[shuffleSize-1-i] = s.advance()
	}
	s.last = s.shuffle[0]
	s.started = true
}

// advance replaces state by state * multiplier mod modulus, using Schrage's method.
func (s *Stream) advance() int64 {
	high := s.state / quotient
	s.state = multiplier*(s.state-high*quotient) - remainder*high
	if s.state < 0 {
		s.state += modulus
	}
	return s.state
}

// Uniform returns the next deviate, at least 0 and at most 1 - 1.2e-7, rounded to float32 as in the
// reference program.
func (s *Stream) Uniform() float32 {
	if !s.started {
		s.start(1)
	}
	next := s.advance()
	slot := s.last / (1 + (modulus-1)/shuffleSize)
	s.last, s.shuffle[slot] = s.shuffle[slot], next
	if s.state == 0 {
		// A seed that is a multiple of the modulus yields a single zero, then the stream that
		// starts at 1.
		s.started = false
	}
	return min(float32(float64(s.last)*(1.0/modulus)), largest)
}

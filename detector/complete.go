package detector

// What a configuration's zeros stand for.
const (
	DefaultPixels   = 1024 // along each axis
	DefaultPixel    = 0.1  // mm
	DefaultDistance = 100  // mm
)

// complete is the configuration with its defaults in the place of zeros. It checks nothing: numbers that make no sense stay
// as they are, for check to find. It allocates nothing that grows with the number of pixels.
func (c Config) complete() Config {
	orElse(&c.Name, "detector")
	// The caller may go on using what these point to.
	c.BeamCentre, c.CloseCentre, c.Origin = copyOf(c.BeamCentre), copyOf(c.CloseCentre), copyOf(c.Origin)
	orElse(&c.Fast, DefaultPixels)
	orElse(&c.Slow, DefaultPixels)
	orElse(&c.Pixel, DefaultPixel)
	if c.Origin == nil {
		if c.CloseDistance == 0 {
			orElse(&c.Distance, DefaultDistance)
		}
		orElse(&c.Pivot, c.Convention.pivot())
	} else {
		orElse(&c.Pivot, AboutSample)
	}
	orElse(&c.Sensor.Attenuation, c.Sensor.Thickness)
	orElse(&c.Oversample, 1)
	return c
}

func copyOf[T any](p *T) *T {
	if p == nil {
		return nil
	}
	v := *p
	return &v
}

func orElse[T comparable](v *T, other T) {
	var zero T
	if *v == zero {
		*v = other
	}
}

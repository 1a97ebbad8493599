package crystal

import "github.com/gobragg/gobragg/internal/config"

var (
	shapeNames  = config.Names{Package: "crystal", Choice: "shape", Words: []string{"square", "round", "gauss_star", "tophat", "gauss", "sinc"}}
	lookupNames = config.Names{Package: "crystal", Choice: "lookup", Words: []string{"automatic", "nearest", "tricubic"}}
	domainNames = config.Names{Package: "crystal", Choice: "kind of mosaic domains", Words: []string{"automatic", "normal", "reference", "axis"}}
	frameNames  = config.Names{Package: "crystal", Choice: "frame of mosaic spreads", Words: []string{"crystal", "cell", "laboratory", "perturbed"}}
	pointNames  = config.Names{Package: "crystal", Choice: "place of phi steps", Words: []string{"automatic", "start", "middle"}}
	unitNames   = config.Names{Package: "crystal", Choice: "unit of lengths of correlation", Words: []string{"angstrom", "cells"}}
	axesNames   = config.Names{Package: "crystal", Choice: "frame of diffuse scattering", Words: []string{"crystal", "rest", "laboratory"}}
	scaleNames  = config.Names{Package: "crystal", Choice: "scale of diffuse scattering", Words: []string{"absolute", "peer"}}
)

// String returns the shape's name, which [Shape.UnmarshalText] accepts.
func (s Shape) String() string { return shapeNames.Word(int(s)) }

// MarshalText returns the shape's name. An unknown shape is an error.
func (s Shape) MarshalText() ([]byte, error) { return shapeNames.Text(int(s)) }

// UnmarshalText accepts square, round, gauss_star, tophat, gauss or sinc.
func (s *Shape) UnmarshalText(text []byte) error {
	i, err := shapeNames.Value(text)
	if err == nil {
		*s = Shape(i)
	}
	return err
}

// String returns the lookup's name, which [Lookup.UnmarshalText] accepts.
func (l Lookup) String() string { return lookupNames.Word(int(l)) }

// MarshalText returns the lookup's name. An unknown lookup is an error.
func (l Lookup) MarshalText() ([]byte, error) { return lookupNames.Text(int(l)) }

// UnmarshalText accepts automatic, nearest or tricubic.
func (l *Lookup) UnmarshalText(text []byte) error {
	i, err := lookupNames.Value(text)
	if err == nil {
		*l = Lookup(i)
	}
	return err
}

// String returns the kind's name, which [DomainKind.UnmarshalText] accepts.
func (k DomainKind) String() string { return domainNames.Word(int(k)) }

// MarshalText returns the kind's name. An unknown kind is an error.
func (k DomainKind) MarshalText() ([]byte, error) { return domainNames.Text(int(k)) }

// UnmarshalText accepts automatic, normal, reference or axis.
func (k *DomainKind) UnmarshalText(text []byte) error {
	i, err := domainNames.Value(text)
	if err == nil {
		*k = DomainKind(i)
	}
	return err
}

// String returns the place's name, which [PhiPoints.UnmarshalText] accepts.
func (p PhiPoints) String() string { return pointNames.Word(int(p)) }

// MarshalText returns the place's name. An unknown place is an error.
func (p PhiPoints) MarshalText() ([]byte, error) { return pointNames.Text(int(p)) }

// UnmarshalText accepts automatic, start or middle.
func (p *PhiPoints) UnmarshalText(text []byte) error {
	i, err := pointNames.Value(text)
	if err == nil {
		*p = PhiPoints(i)
	}
	return err
}

// String returns the frame's name, which [Frame.UnmarshalText] accepts.
func (f Frame) String() string { return frameNames.Word(int(f)) }

// MarshalText returns the frame's name. An unknown frame is an error.
func (f Frame) MarshalText() ([]byte, error) { return frameNames.Text(int(f)) }

// UnmarshalText accepts crystal, cell, laboratory or perturbed.
func (f *Frame) UnmarshalText(text []byte) error {
	i, err := frameNames.Value(text)
	if err == nil {
		*f = Frame(i)
	}
	return err
}

// String returns the unit's name, which [LengthUnit.UnmarshalText] accepts.
func (u LengthUnit) String() string { return unitNames.Word(int(u)) }

// MarshalText returns the unit's name. An unknown unit is an error.
func (u LengthUnit) MarshalText() ([]byte, error) { return unitNames.Text(int(u)) }

// UnmarshalText accepts angstrom or cells.
func (u *LengthUnit) UnmarshalText(text []byte) error {
	i, err := unitNames.Value(text)
	if err == nil {
		*u = LengthUnit(i)
	}
	return err
}

// String returns the frame's name, which [DiffuseFrame.UnmarshalText] accepts.
func (f DiffuseFrame) String() string { return axesNames.Word(int(f)) }

// MarshalText returns the frame's name. An unknown frame is an error.
func (f DiffuseFrame) MarshalText() ([]byte, error) { return axesNames.Text(int(f)) }

// UnmarshalText accepts crystal, rest or laboratory.
func (f *DiffuseFrame) UnmarshalText(text []byte) error {
	i, err := axesNames.Value(text)
	if err == nil {
		*f = DiffuseFrame(i)
	}
	return err
}

// String returns the scale's name, which [DiffuseScale.UnmarshalText] accepts.
func (s DiffuseScale) String() string { return scaleNames.Word(int(s)) }

// MarshalText returns the scale's name. An unknown scale is an error.
func (s DiffuseScale) MarshalText() ([]byte, error) { return scaleNames.Text(int(s)) }

// UnmarshalText accepts absolute or peer.
func (s *DiffuseScale) UnmarshalText(text []byte) error {
	i, err := scaleNames.Value(text)
	if err == nil {
		*s = DiffuseScale(i)
	}
	return err
}

//go:build !linux

package pages

func adviseLarge([]byte) {}

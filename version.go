package gobragg

import (
	"cmp"
	"runtime/debug"
	"strings"
)

const modulePath = "github.com/gobragg/gobragg"

// Version describes the build of this module in the running program: the module version, the source
// revision and whether it was modified, and the Go version, as far as the build recorded them; for
// example "v0.1.0 (revision 0123456789ab, modified; go1.26.0)". Go records no revision in a program
// that imports the module.
func Version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "of an unknown version"
	}
	return describe(info)
}

func describe(info *debug.BuildInfo) string {
	module := &info.Main
	var details []string
	if module.Path == modulePath {
		for _, s := range info.Settings {
			switch {
			case s.Key == "vcs.revision":
				details = append(details, "revision "+s.Value[:min(12, len(s.Value))])
			case s.Key == "vcs.modified" && s.Value == "true":
				details = append(details, "modified")
			}
		}
	} else {
		module = &debug.Module{Version: "of an unknown version"}
		for _, dependency := range info.Deps {
			if dependency.Path == modulePath {
				module = dependency
			}
		}
		if module.Replace != nil {
			details = append(details, "replaced by "+module.Replace.Path)
		}
	}
	text := cmp.Or(module.Version, "(devel)")
	if len(details) > 0 {
		return text + " (" + strings.Join(details, ", ") + "; " + info.GoVersion + ")"
	}
	return text + " (" + info.GoVersion + ")"
}

package gobragg

import (
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
)

func TestVersion(t *testing.T) {
	if got := Version(); !strings.Contains(got, runtime.Version()) {
		t.Errorf("version %q does not name %s", got, runtime.Version())
	}
	setting := func(key, value string) debug.BuildSetting { return debug.BuildSetting{Key: key, Value: value} }
	own := debug.Module{Path: modulePath, Version: "v0.1.0"}
	for _, test := range []struct {
		info debug.BuildInfo
		want string
	}{
		{debug.BuildInfo{Main: own}, "v0.1.0 (go1.26.0)"},
		{debug.BuildInfo{Main: debug.Module{Path: modulePath}}, "(devel) (go1.26.0)"},
		{debug.BuildInfo{Main: own, Settings: []debug.BuildSetting{setting("vcs.revision", "0123456789abcdef"), setting("vcs.modified", "false")}},
			"v0.1.0 (revision 0123456789ab; go1.26.0)"},
		{debug.BuildInfo{Main: own, Settings: []debug.BuildSetting{setting("vcs.revision", "0123456789abcdef"), setting("vcs.modified", "true")}},
			"v0.1.0 (revision 0123456789ab, modified; go1.26.0)"},
		// The revision of a program that imports the module is the program's.
		{debug.BuildInfo{Main: debug.Module{Path: "example.org/mine", Version: "v9.9.9"}, Deps: []*debug.Module{{Path: "other"}, &own},
			Settings: []debug.BuildSetting{setting("vcs.revision", "0123456789abcdef")}}, "v0.1.0 (go1.26.0)"},
		{debug.BuildInfo{Main: debug.Module{Path: "example.org/mine"}, Deps: []*debug.Module{{Path: modulePath, Version: "v0.1.0", Replace: &debug.Module{Path: "../gobragg"}}}},
			"v0.1.0 (replaced by ../gobragg; go1.26.0)"},
		{debug.BuildInfo{Main: debug.Module{Path: "example.org/mine"}}, "of an unknown version (go1.26.0)"},
	} {
		test.info.GoVersion = "go1.26.0"
		if got := describe(&test.info); got != test.want {
			t.Errorf("%+v:\n got %s\nwant %s", test.info, got, test.want)
		}
	}
}

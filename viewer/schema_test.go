package viewer

import (
	"fmt"
	"slices"
	"testing"
)

// TestSchema: what the server answers is as its schema says.
func TestSchema(t *testing.T) {
	base := serve(t).URL + "/" + token + "/api/"
	schema := get[map[string]any](t, base+"schema")
	for name, query := range map[string]string{"state": "", "colours": "", "rings": "", "spots": "?image=2", "pixel": "?image=2&panel=0&fast=100&slow=100", "histogram": "?layer=data&image=2",
		"radial": "?image=2", "line": "?image=2&x0=10&y0=10&x1=300&y1=20", "alike": "?image=2&names=cell.a,cell.c", "command": ""} {
		s, ok := schema[name].(map[string]any)
		if !ok {
			t.Errorf("%s has no schema", name)
			continue
		}
		for _, problem := range conforms(get[any](t, base+name+query), s, name) {
			t.Error(problem)
		}
	}
	if problems := conforms(map[string]any{"names": 1.0}, schema["alike"].(map[string]any), "alike"); len(problems) < 3 { // a wrong type, and what is missing
		t.Errorf("an answer that is none: %v", problems)
	}
}

// conforms lists where a value departs from a schema of those that Schema makes.
func conforms(v any, schema map[string]any, at string) (problems []string) {
	if either := schema["anyOf"]; either != nil {
		if v == nil {
			return nil
		}
		return conforms(v, either.([]any)[0].(map[string]any), at)
	}
	kind := map[bool]string{true: "null"}[v == nil]
	switch v := v.(type) {
	case bool:
		kind = "boolean"
	case string:
		kind = "string"
	case float64:
		if kind = "number"; v == float64(int(v)) && schema["type"] == "integer" {
			kind = "integer"
		}
	case []any:
		kind = "array"
		for i, x := range v {
			problems = append(problems, conforms(x, schema["items"].(map[string]any), fmt.Sprintf("%s[%d]", at, i))...)
		}
	case map[string]any:
		kind = "object"
		properties, _ := schema["properties"].(map[string]any)
		for name, x := range v {
			own, ok := properties[name].(map[string]any)
			if !ok {
				if own, ok = schema["additionalProperties"].(map[string]any); !ok {
					problems = append(problems, fmt.Sprintf("%s has %s, of which the schema says nothing", at, name))
					continue
				}
			}
			problems = append(problems, conforms(x, own, at+"."+name)...)
		}
		required, _ := schema["required"].([]any)
		for _, name := range required {
			if _, ok := v[name.(string)]; !ok {
				problems = append(problems, fmt.Sprintf("%s has no %s", at, name))
			}
		}
	}
	kinds, ok := schema["type"].([]any)
	if !ok {
		kinds = []any{schema["type"]}
	}
	if !slices.Contains(kinds, any(kind)) {
		problems = append(problems, fmt.Sprintf("%s is %s, not %v", at, kind, kinds))
	}
	return problems
}

package viewer

import (
	"reflect"
	"strings"
)

// answers are the types of what the server answers in JSON, by the path below api/.
var answers = map[string]any{
	"state": state{}, "colours": palettes{}, "rings": []ring{}, "spots": []spot{}, "pixel": pixel{}, "histogram": histogram{}, "radial": radial{}, "line": profile{}, "rocking": rocking{},
	"alike": alike{}, "command": map[string]string{}, "save": map[string][]string{}, "values": state{}, "mask": state{}, "back": state{}, "iteration": iteration{}, "outcome": outcome{},
}

// Schema is the JSON schema of each answer of the server, by the path below api/, and of the events iteration and outcome.
func Schema() map[string]any {
	out := map[string]any{}
	for name, v := range answers {
		out[name] = schemaOf(reflect.TypeOf(v))
	}
	return out
}

// schemaOf is that of a type as encoding/json writes it.
func schemaOf(t reflect.Type) map[string]any {
	switch t.Kind() {
	case reflect.Pointer:
		return map[string]any{"anyOf": []any{schemaOf(t.Elem()), map[string]any{"type": "null"}}}
	case reflect.Slice:
		return map[string]any{"type": []string{"array", "null"}, "items": schemaOf(t.Elem())}
	case reflect.Array:
		return map[string]any{"type": "array", "items": schemaOf(t.Elem()), "minItems": t.Len(), "maxItems": t.Len()}
	case reflect.Map:
		return map[string]any{"type": []string{"object", "null"}, "additionalProperties": schemaOf(t.Elem())}
	case reflect.Struct:
		properties, required := map[string]any{}, []string{}
		for i := range t.NumField() {
			f := t.Field(i)
			if !f.IsExported() {
				continue
			}
			name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
			properties[name] = schemaOf(f.Type)
			if options != "omitempty" {
				required = append(required, name)
			}
		}
		return map[string]any{"type": "object", "properties": properties, "required": required, "additionalProperties": false}
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.Int:
		return map[string]any{"type": "integer"}
	case reflect.Float64:
		return map[string]any{"type": "number"}
	}
	return map[string]any{"type": "string"}
}

// Package planted says which mistake of package mutation a process is to make. Only mutated source
// files import it.
package planted

import (
	"os"
	"strconv"
)

// Variable is the environment variable that has the mutant's number, from 1 on.
const Variable = "GOBRAGG_MUTANT"

var number = func() int {
	n, _ := strconv.Atoi(os.Getenv(Variable))
	return n
}()

// Is reports whether the process is to make a mistake.
func Is(mutant int) bool { return number == mutant }

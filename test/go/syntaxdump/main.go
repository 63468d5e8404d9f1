// Command syntaxdump prints, for each Go file named on standard input, what go/parser makes of it:
// whether it is accepted, the count of each node kind and a hash of all identifier offsets.
package main

import (
	"bufio"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"reflect"
	"sort"
	"strings"
)

func main() {
	in := bufio.NewScanner(os.Stdin)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for in.Scan() {
		path := in.Text()
		fset := token.NewFileSet()
		file, err := parser.ParseFile(fset, path, nil, parser.SkipObjectResolution)
		if err != nil {
			fmt.Fprintf(out, "%s\treject\n", path)
			continue
		}
		base := fset.File(file.Pos()).Base()
		counts := map[string]int{}
		var hash uint32
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case nil:
				return false
			case *ast.Comment, *ast.CommentGroup:
				return false
			case *ast.Ident:
				hash = hash*31 + uint32(int(n.Pos())-base) + uint32(len(n.Name))
			}
			counts[strings.TrimPrefix(reflect.TypeOf(n).String(), "*ast.")]++
			return true
		})
		names := make([]string, 0, len(counts))
		for name := range counts {
			names = append(names, name)
		}
		sort.Strings(names)
		fmt.Fprintf(out, "%s\taccept\t%d", path, hash)
		for _, name := range names {
			fmt.Fprintf(out, "\t%s=%d", name, counts[name])
		}
		fmt.Fprintln(out)
	}
}

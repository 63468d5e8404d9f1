// Command parsebench prints the MB/s at which go/parser and ast.Inspect get through the Go files below a
// directory; with -seconds the seconds they need. Files are read before the clock starts, but with -read, which
// reads and parses each of them once, as a program does that is started for it.
package main

import (
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

func main() {
	seconds := flag.Bool("seconds", false, "print seconds")
	read := flag.Bool("read", false, "print the seconds of reading and parsing")
	flag.Parse()
	if *read {
		fmt.Println(readAndParse(flag.Arg(0)).Seconds())
		return
	}
	var files [][]byte
	total := 0
	err := filepath.WalkDir(flag.Arg(0), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") {
			return err
		}
		text, err := os.ReadFile(path)
		files = append(files, text)
		total += len(text)
		return err
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	best := time.Duration(1 << 62)
	for range 2 {
		began := time.Now()
		idents := 0
		for _, text := range files {
			file, _ := parser.ParseFile(token.NewFileSet(), "", text, parser.SkipObjectResolution|parser.ParseComments)
			if file == nil {
				continue
			}
			ast.Inspect(file, func(n ast.Node) bool {
				if _, ok := n.(*ast.Ident); ok {
					idents++
				}
				return true
			})
		}
		best = min(best, time.Since(began))
	}
	if *seconds {
		fmt.Println(best.Seconds())
		return
	}
	fmt.Printf("%.2f\n", float64(total)/1e6/best.Seconds())
}

func readAndParse(dir string) time.Duration {
	began := time.Now()
	set := token.NewFileSet()
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") {
			return err
		}
		// Some of them are there to be refused.
		parser.ParseFile(set, path, nil, parser.SkipObjectResolution|parser.ParseComments)
		return nil
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	return time.Since(began)
}

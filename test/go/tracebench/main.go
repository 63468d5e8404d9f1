// Reads an execution trace with golang.org/x/exp/trace and prints the megabytes of it that were read in a second.
package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"time"

	"golang.org/x/exp/trace"
)

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func main() {
	f, err := os.Open(os.Args[1])
	check(err)
	info, err := f.Stat()
	check(err)
	began := time.Now()
	r, err := trace.NewReader(bufio.NewReaderSize(f, 1<<20))
	check(err)
	for {
		_, err := r.ReadEvent()
		if err == io.EOF {
			break
		}
		check(err)
	}
	fmt.Printf("%.1f\n", float64(info.Size())/1e6/time.Since(began).Seconds())
}

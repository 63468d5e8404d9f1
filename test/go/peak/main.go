// Command peak runs a command and prints its wall time in seconds and its peak memory in megabytes.
package main

import (
	"fmt"
	"log"
	"os"
	"os/exec"
	"syscall"
	"time"
)

func main() {
	cmd := exec.Command(os.Args[1], os.Args[2:]...)
	cmd.Stderr = os.Stderr
	began := time.Now()
	if err := cmd.Run(); err != nil {
		log.Fatal(err)
	}
	seconds := time.Since(began).Seconds()
	usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		log.Fatal("no resource usage here")
	}
	fmt.Printf("%.3f %.1f\n", seconds, float64(usage.Maxrss)/1024)
}

/** Environment variables through which the generated file learns where it writes its address. */
export const addressFile = "MAPRACE_ADDRESS_FILE";

/**
 * A Go file that is added to a main package by an overlay: it serves the program's profiles on a loopback port of the
 * system's choice, below a secret path, on a mux of its own. `net/http/pprof` is not used: importing it would add its
 * handlers to the program's own default mux.
 */
export function profileServer(options: {
  readonly mutexFraction: number;
  readonly blockRate: number;
  readonly secret: string;
}): string {
  if (!/^[0-9a-f]{16,}$/.test(options.secret)) throw new Error("the secret is not hexadecimal");
  return `package main

import (
	mapraceIO "io"
	mapraceHTTP "net/http"
	mapraceNet "net"
	mapraceOS "os"
	mapraceRuntime "runtime"
	mapracePprof "runtime/pprof"
	mapraceTrace "runtime/trace"
	mapraceStrconv "strconv"
	mapraceTime "time"
)

func init() {
	file := mapraceOS.Getenv("${addressFile}")
	if file == "" {
		return
	}
	mapraceOS.Unsetenv("${addressFile}")
	mapraceRuntime.SetMutexProfileFraction(${Math.max(0, Math.trunc(options.mutexFraction))})
	mapraceRuntime.SetBlockProfileRate(${Math.max(0, Math.trunc(options.blockRate))})
	listener, err := mapraceNet.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		_ = mapraceOS.WriteFile(file, []byte("error: "+err.Error()), 0o600)
		return
	}
	mux := mapraceHTTP.NewServeMux()
	timed := func(start func(mapraceIO.Writer) error, stop func()) mapraceHTTP.HandlerFunc {
		return func(w mapraceHTTP.ResponseWriter, r *mapraceHTTP.Request) {
			seconds, _ := mapraceStrconv.ParseFloat(r.URL.Query().Get("seconds"), 64)
			if err := start(w); err != nil {
				mapraceHTTP.Error(w, err.Error(), mapraceHTTP.StatusConflict)
				return
			}
			select {
			case <-mapraceTime.After(mapraceTime.Duration(seconds * float64(mapraceTime.Second))):
			case <-r.Context().Done():
			}
			stop()
		}
	}
	mux.HandleFunc("/${options.secret}/profile", timed(mapracePprof.StartCPUProfile, mapracePprof.StopCPUProfile))
	mux.HandleFunc("/${options.secret}/trace", timed(mapraceTrace.Start, mapraceTrace.Stop))
	for _, name := range []string{"mutex", "block", "goroutine"} {
		mux.HandleFunc("/${options.secret}/"+name, func(w mapraceHTTP.ResponseWriter, r *mapraceHTTP.Request) {
			debug, _ := mapraceStrconv.Atoi(r.URL.Query().Get("debug"))
			_ = mapracePprof.Lookup(r.URL.Path[len("/${options.secret}/"):]).WriteTo(w, debug)
		})
	}
	temporary := file + ".tmp"
	if mapraceOS.WriteFile(temporary, []byte(listener.Addr().String()), 0o600) == nil {
		_ = mapraceOS.Rename(temporary, file)
	}
	go func() { _ = mapraceHTTP.Serve(listener, mux) }()
}
`;
}

/** The overlay that adds the file to a package's directory; the tree is not touched. */
export function overlayFile(dir: string, generated: string): string {
  const name = `${dir.replace(/[\\/]$/, "")}/zz_maprace_profile_server.go`;
  return JSON.stringify({ Replace: { [name]: generated } });
}

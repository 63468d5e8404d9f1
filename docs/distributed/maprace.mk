# Maprace in the job graph of make: facts of a package are made anew when its files or those of packages it imports change.
# Usage: include this file from the Makefile beside go.mod; `make -j8 maprace` prints the findings of the whole module.

MAPRACE ?= maprace
MAPRACE_OUT ?= .maprace/facts

# One line for each package: its directory, and the Go files that its facts follow from, its own and those it imports.
$(MAPRACE_OUT)/graph.mk: go.mod $(shell find . -name '*.go' -not -path './vendor/*')
	@mkdir -p $(@D)
	@go list -deps -test=false -f '{{if not .Standard}}{{with .Module}}{{if .Main}}{{$$.ImportPath}} {{$$.Dir}} {{join $$.Deps ","}}{{end}}{{end}}{{end}}' ./... \
	  | awk -v out='$(MAPRACE_OUT)' -v root='$(CURDIR)' '\
	    NF >= 2 { dir[$$1] = $$2; deps[$$1] = $$3 } \
	    END { for (p in dir) { \
	      name = substr(dir[p], length(root) + 2); if (name == "") name = "."; \
	      file = out "/" name "/package.facts"; all = all " " file; \
	      line = file ": $$(wildcard " dir[p] "/*.go)"; \
	      n = split(deps[p], one, ","); \
	      for (i = 1; i <= n; i++) if (one[i] in dir) line = line " $$(wildcard " dir[one[i]] "/*.go)"; \
	      print line } print "MAPRACE_FACTS :=" all }' > $@

-include $(MAPRACE_OUT)/graph.mk

%/package.facts: go.mod
	@mkdir -p $(@D)
	$(MAPRACE) summarize ./$(patsubst $(MAPRACE_OUT)/%/package.facts,%,$@) -o $@ --quiet

.PHONY: maprace
maprace: $(MAPRACE_FACTS)
	$(MAPRACE) link $^ $(MAPRACE_FLAGS)

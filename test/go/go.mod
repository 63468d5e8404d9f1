module maprace.test/tools

go 1.24

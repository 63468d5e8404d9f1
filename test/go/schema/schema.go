// Package schema keeps the module that carries the SARIF 2.1.0 schema among this module's requirements.
package schema

import _ "github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif" // its schema.go is read by the tests

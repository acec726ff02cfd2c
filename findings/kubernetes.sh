#!/bin/sh
# A warning of an admission webhook that has a line break, or a tab, never reaches anyone. The API
# server writes each warning into an HTTP header; a text with a control character does not fit, so it
# is dropped. The request is answered with 201 as without it, and the webhook is not told. Its
# reference says that warnings should be short, and nothing of this (AdmissionResponse.warnings). So
# a policy that only warns, in more than one line, looks as if it had found nothing. The filter of
# the API server is run as it is, from k8s.io/apiserver v0.36.3. Needs go (tried with 1.26).
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
printf 'module example.com/app\n\ngo 1.26\n\nrequire k8s.io/apiserver v0.36.3\n' >go.mod
cat >main.go <<'EOF'
package main

import (
	"fmt"
	"net/http"
	"net/http/httptest"

	"k8s.io/apiserver/pkg/endpoints/filters"
	"k8s.io/apiserver/pkg/warning"
)

func main() {
	for _, text := range []string{"one line", "two\nlines", "with a\ttab"} {
		answer := httptest.NewRecorder()
		filters.WithWarningRecorder(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			warning.AddWarning(r.Context(), "", text)
			w.WriteHeader(http.StatusCreated)
		})).ServeHTTP(answer, httptest.NewRequest(http.MethodPost, "/", nil))
		fmt.Printf("%q: %d, %d warnings\n", text, answer.Code, len(answer.Header()["Warning"]))
	}
}
EOF
go mod tidy 2>/dev/null
go run . | tee seen
cat >wanted <<'EOF'
"one line": 201, 1 warnings
"two\nlines": 201, 0 warnings
"with a\ttab": 201, 0 warnings
EOF
cmp seen wanted

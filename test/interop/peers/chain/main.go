// Command chain-peer judges certificate chains with Go's crypto/x509.
//
//	chain-peer   reads lines {"at": unix seconds, "chain": [base64 DER, leaf first]}, prints one line each:
//	             "ok", or why the chain is refused. The last certificate is the only root.
package main

import (
	"bufio"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"time"
)

type question struct {
	At    int64    `json:"at"`
	Chain [][]byte `json:"chain"`
}

func judge(line []byte) error {
	var asked question
	if err := json.Unmarshal(line, &asked); err != nil {
		return err
	}
	certificates := make([]*x509.Certificate, len(asked.Chain))
	for at, der := range asked.Chain {
		certificate, err := x509.ParseCertificate(der)
		if err != nil {
			return err
		}
		certificates[at] = certificate
	}
	roots, between := x509.NewCertPool(), x509.NewCertPool()
	roots.AddCert(certificates[len(certificates)-1])
	for _, certificate := range certificates[1:] {
		between.AddCert(certificate)
	}
	_, err := certificates[0].Verify(x509.VerifyOptions{
		Roots:         roots,
		Intermediates: between,
		CurrentTime:   time.Unix(asked.At, 0),
		KeyUsages:     []x509.ExtKeyUsage{x509.ExtKeyUsageCodeSigning},
	})
	return err
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		said := "ok"
		if err := judge(lines.Bytes()); err != nil {
			said = strings.ReplaceAll(err.Error(), "\n", " ")
		}
		fmt.Println(said)
	}
	if err := lines.Err(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

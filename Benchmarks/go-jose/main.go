// Opens a nested token with go-jose as often as it can in a given time: go-jose CASE MILLISECONDS.
//
// One opening is: parse the JWE, compare alg, enc and kid, decrypt; parse the JWS inside, compare alg, kid and typ,
// verify; decode every claim into a field of a structure, which go-jose does faster than into a map. The keys are made
// once. CASE is the file that Sources/signet/Bench/PeerComparison.swift writes.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strconv"
	"syscall"
	"time"

	"gopkg.in/square/go-jose.v2"
	"gopkg.in/square/go-jose.v2/jwt"
)

// The package's version, set by the linker.
var version = "of an unknown version"

type testCase struct {
	Alg             string          `json:"alg"`
	Enc             string          `json:"enc"`
	SignatureAlg    string          `json:"signature_alg"`
	Token           string          `json:"token"`
	DecryptionKey   jose.JSONWebKey `json:"decryption_key"`
	VerificationKey jose.JSONWebKey `json:"verification_key"`
}

type claims struct {
	Issuer   string       `json:"iss"`
	Subject  string       `json:"sub"`
	Audience jwt.Audience `json:"aud"`
	Expiry   int64        `json:"exp"`
	IssuedAt int64        `json:"iat"`
	ID       string       `json:"jti"`
	ClientID string       `json:"client_id"`
	Scope    string       `json:"scope"`
}

func open(one *testCase) (claims, error) {
	var result claims
	sealed, err := jose.ParseEncrypted(one.Token)
	if err != nil {
		return result, err
	}
	outer := sealed.Header
	if outer.Algorithm != one.Alg || outer.ExtraHeaders["enc"] != one.Enc || outer.KeyID != one.DecryptionKey.KeyID {
		return result, errors.New("another outer header")
	}
	plaintext, err := sealed.Decrypt(one.DecryptionKey.Key)
	if err != nil {
		return result, err
	}
	signed, err := jose.ParseSigned(string(plaintext))
	if err != nil {
		return result, err
	}
	inner := signed.Signatures[0].Header
	if inner.Algorithm != one.SignatureAlg || inner.KeyID != one.VerificationKey.KeyID ||
		inner.ExtraHeaders[jose.HeaderType] != "at+jwt" {
		return result, errors.New("another inner header")
	}
	payload, err := signed.Verify(one.VerificationKey.Key)
	if err != nil {
		return result, err
	}
	err = json.Unmarshal(payload, &result)
	return result, err
}

// processorTime is that of all threads, the garbage collector's too.
func processorTime() float64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	seconds := func(t syscall.Timeval) float64 { return float64(t.Sec) + float64(t.Usec)/1e6 }
	return seconds(usage.Utime) + seconds(usage.Stime)
}

func run() error {
	if len(os.Args) != 3 {
		return errors.New("usage: go-jose CASE MILLISECONDS")
	}
	text, err := os.ReadFile(os.Args[1])
	if err != nil {
		return err
	}
	var one testCase
	if err := json.Unmarshal(text, &one); err != nil {
		return err
	}
	milliseconds, err := strconv.Atoi(os.Args[2])
	if err != nil {
		return err
	}
	first, err := open(&one)
	if err != nil {
		return err
	}
	if first.Issuer == "" || first.Subject == "" || len(first.Audience) != 1 || first.Expiry == 0 ||
		first.IssuedAt == 0 || first.ID == "" || first.ClientID == "" || first.Scope == "" {
		return errors.New("claims are missing")
	}
	runtime.GOMAXPROCS(1)
	used := processorTime()
	operations := 0
	for end := time.Now().Add(time.Duration(milliseconds) * time.Millisecond); time.Now().Before(end); {
		for i := 0; i < 8; i++ {
			if _, err := open(&one); err != nil {
				return err
			}
		}
		operations += 8
	}
	return json.NewEncoder(os.Stdout).Encode(map[string]interface{}{
		"library":    fmt.Sprintf("go-jose %s, %s, GOMAXPROCS=1", version, runtime.Version()),
		"operations": operations, "seconds": processorTime() - used,
	})
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

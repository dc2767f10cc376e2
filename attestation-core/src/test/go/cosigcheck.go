// SPDX-License-Identifier: Apache-2.0

// Cosigcheck opens a checkpoint with the Go checksum database's note package and a verifier of
// cosignatures (c2sp.org/tlog-cosignature, type 4) that is written here, and exits with 0 only if a
// cosignature of the key is on it. It prints the time that the cosignature names.
//
//	cosigcheck CHECKPOINT VKEY
package main

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"strings"

	"golang.org/x/mod/sumdb/note"
)

const (
	typeCosignature = 4
	size            = 8 + ed25519.SignatureSize
)

func fail(format string, args ...interface{}) {
	fmt.Fprintf(os.Stderr, format+"\n", args...)
	os.Exit(1)
}

type cosignatureVerifier struct {
	name string
	hash uint32
	key  ed25519.PublicKey
	time uint64
}

func (v *cosignatureVerifier) Name() string    { return v.name }
func (v *cosignatureVerifier) KeyHash() uint32 { return v.hash }
func (v *cosignatureVerifier) Verify(msg, sig []byte) bool {
	if len(sig) != size {
		return false
	}
	v.time = binary.BigEndian.Uint64(sig)
	signed := fmt.Sprintf("cosignature/v1\ntime %d\n%s", v.time, msg)
	return ed25519.Verify(v.key, []byte(signed), sig[8:])
}

func newVerifier(vkey string) *cosignatureVerifier {
	parts := strings.SplitN(vkey, "+", 3)
	if len(parts) != 3 {
		fail("no verifier key: %s", vkey)
	}
	typed, err := base64.StdEncoding.DecodeString(parts[2])
	if err != nil || len(typed) != 1+ed25519.PublicKeySize || typed[0] != typeCosignature {
		fail("no key of a witness: %s", vkey)
	}
	// Key ID: SHA-256(name || 0x0A || 0x04 || public key)[:4].
	hash := sha256.Sum256([]byte(parts[0] + "\n" + string(typed)))
	id := binary.BigEndian.Uint32(hash[:])
	if fmt.Sprintf("%08x", id) != parts[1] {
		fail("the key's ID is %08x, not %s", id, parts[1])
	}
	return &cosignatureVerifier{name: parts[0], hash: id, key: typed[1:]}
}

func main() {
	if len(os.Args) != 3 {
		fail("usage: cosigcheck CHECKPOINT VKEY")
	}
	msg, err := os.ReadFile(os.Args[1])
	if err != nil {
		fail("%v", err)
	}
	verifier := newVerifier(os.Args[2])
	opened, err := note.Open(msg, note.VerifierList(verifier))
	if err != nil {
		fail("note.Open: %v", err)
	}
	fmt.Printf("cosigned %d unverified %d time %d\n",
		len(opened.Sigs), len(opened.UnverifiedSigs), verifier.time)
}

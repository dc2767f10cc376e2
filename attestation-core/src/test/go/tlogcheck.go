// SPDX-License-Identifier: Apache-2.0

// Tlogcheck reads a transparency log from a folder with the Go checksum database's implementation
// of trees, tiles and notes, and exits with 0 only if all of it holds together.
//
//	tlogcheck FOLDER
//
// FOLDER has checkpoint, tile/..., tile/entries/... (c2sp.org/tlog-tiles), and:
//
//	keys                origin, verifier key of type 2 (ECDSA), verifier key of type 1 (Ed25519)
//	proof/N.tlog-proof  inclusion proofs (c2sp.org/tlog-proof)
//	earlier/N           base64 hashes of a consistency proof, empty line, checkpoint of size N
package main

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8

func must(err error, format string, args ...interface{}) {
	if err != nil {
		fail(format+": %v", append(args, err)...)
	}
}

func fail(format string, args ...interface{}) {
	fmt.Fprintf(os.Stderr, format+"\n", args...)
	os.Exit(1)
}

// ecdsaVerifier verifies signatures of type 2, which the note package does not know.
type ecdsaVerifier struct {
	name string
	hash uint32
	key  *ecdsa.PublicKey
}

func (v *ecdsaVerifier) Name() string    { return v.name }
func (v *ecdsaVerifier) KeyHash() uint32 { return v.hash }
func (v *ecdsaVerifier) Verify(msg, sig []byte) bool {
	digest := sha256.Sum256(msg)
	return ecdsa.VerifyASN1(v.key, digest[:], sig)
}

func newECDSAVerifier(vkey string) note.Verifier {
	parts := strings.SplitN(vkey, "+", 3)
	if len(parts) != 3 {
		fail("key: no verifier key")
	}
	typed, err := base64.StdEncoding.DecodeString(parts[2])
	must(err, "key")
	if typed[0] != 2 {
		fail("key: type %d", typed[0])
	}
	parsed, err := x509.ParsePKIXPublicKey(typed[1:])
	must(err, "key")
	digest := sha256.Sum256(typed[1:])
	if fmt.Sprintf("%x", digest[:4]) != parts[1] {
		fail("key: ID")
	}
	return &ecdsaVerifier{parts[0], binary.BigEndian.Uint32(digest[:]), parsed.(*ecdsa.PublicKey)}
}

type log struct {
	folder   string
	origin   string
	keys     []note.Verifier
	tree     tlog.Tree
	entries  [][]byte
	own      []tlog.Hash // what this program makes of the entries, in storage order
	verified map[string]int
}

func (l *log) file(path string) []byte {
	data, err := os.ReadFile(filepath.Join(l.folder, path))
	must(err, "file")
	return data
}

// open wants both keys' signatures, each on its own.
func (l *log) open(msg []byte) tlog.Tree {
	var text string
	for _, key := range l.keys {
		opened, err := note.Open(msg, note.VerifierList(key))
		must(err, "checkpoint")
		text = opened.Text
	}
	lines := strings.Split(text, "\n")
	if len(lines) < 5 || lines[0] != l.origin || !strings.HasPrefix(lines[3], "counter ") {
		fail("checkpoint: text %q", text)
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	must(err, "checkpoint")
	root, err := tlog.ParseHash(lines[2])
	must(err, "checkpoint")
	return tlog.Tree{N: size, Hash: root}
}

func path(t tlog.Tile) string {
	return strings.Replace(t.Path(), fmt.Sprintf("tile/%d/", height), "tile/", 1)
}

func bundlePath(t tlog.Tile) string {
	t.L = -1
	return strings.Replace(path(t), "tile/data/", "tile/entries/", 1)
}

func (l *log) Height() int                     { return height }
func (l *log) SaveTiles([]tlog.Tile, [][]byte) {}
func (l *log) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var data [][]byte
	for _, t := range tiles {
		data = append(data, l.file(path(t)))
	}
	return data, nil
}

// tiles are those that the specification wants for a tree of this size.
func (l *log) tiles() []tlog.Tile {
	var tiles []tlog.Tile
	for level := 0; l.tree.N>>uint(height*level) > 0; level++ {
		hashes := l.tree.N >> uint(height*level)
		for n := int64(0); n<<height < hashes; n++ {
			width := hashes - n<<height
			if width > 1<<height {
				width = 1 << height
			}
			tiles = append(tiles, tlog.Tile{H: height, L: level, N: n, W: int(width)})
		}
	}
	return tiles
}

func (l *log) ownHashes() tlog.HashReader {
	return tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		var hashes []tlog.Hash
		for _, i := range indexes {
			hashes = append(hashes, l.own[i])
		}
		return hashes, nil
	})
}

// readRoot computes the root of the tiles alone.
func (l *log) readRoot() {
	root, err := tlog.TreeHash(l.tree.N, tlog.TileHashReader(l.tree, l))
	must(err, "tile")
	if root != l.tree.Hash {
		fail("tile: root %v", root)
	}
}

// readEntries reads the bundles, one for each tile of the leaves.
func (l *log) readEntries() {
	tiles := l.tiles()
	for n := int64(0); n < l.tree.N; n += 1 << height {
		path := bundlePath(tiles[n>>height])
		rest := l.file(path)
		for i := n; i < l.tree.N && i < n+1<<height; i++ {
			if len(rest) < 2 || len(rest)-2 < int(binary.BigEndian.Uint16(rest)) {
				fail("bundle: %s is short", path)
			}
			size := int(binary.BigEndian.Uint16(rest))
			l.entries = append(l.entries, rest[2:2+size])
			rest = rest[2+size:]
		}
		if len(rest) > 0 {
			fail("bundle: %s is long", path)
		}
		l.verified["bundles"]++
	}
}

// rebuild makes a tree of the entries alone and compares all tiles with it, byte by byte.
func (l *log) rebuild() {
	for n, entry := range l.entries {
		hashes, err := tlog.StoredHashes(int64(n), entry, l.ownHashes())
		must(err, "tree")
		l.own = append(l.own, hashes...)
	}
	root, err := tlog.TreeHash(l.tree.N, l.ownHashes())
	must(err, "tree")
	if root != l.tree.Hash {
		fail("tree: root %v", root)
	}
	for _, t := range l.tiles() {
		data, err := tlog.ReadTileData(t, l.ownHashes())
		must(err, "tile")
		if !bytes.Equal(data, l.file(path(t))) {
			fail("tile: %s", path(t))
		}
		l.verified["tiles"]++
	}
}

// lookUp finds each entry's hash in the tiles, as a client of the Go checksum database does.
// It alone would not do: TileHashReader leaves tiles unchecked where subtrees of the root share one.
func (l *log) lookUp() {
	tiles := tlog.TileHashReader(l.tree, l)
	for n := int64(0); n < l.tree.N; n += 1 << height {
		var indexes []int64
		for i := n; i < l.tree.N && i < n+1<<height; i++ {
			indexes = append(indexes, tlog.StoredHashIndex(0, i))
		}
		hashes, err := tiles.ReadHashes(indexes)
		must(err, "tile")
		for i, hash := range hashes {
			if hash != tlog.RecordHash(l.entries[n+int64(i)]) {
				fail("bundle: entry %d", n+int64(i))
			}
		}
	}
}

func parseHashes(lines []string) []tlog.Hash {
	var hashes []tlog.Hash
	for _, line := range lines {
		hash, err := tlog.ParseHash(line)
		must(err, "proof")
		hashes = append(hashes, hash)
	}
	return hashes
}

// split separates a proof's lines from the checkpoint below them.
func split(proof []byte) ([]string, []byte) {
	if proof[0] == '\n' {
		return nil, proof[1:]
	}
	i := bytes.Index(proof, []byte("\n\n"))
	if i < 0 {
		fail("proof: no checkpoint")
	}
	return strings.Split(string(proof[:i]), "\n"), proof[i+2:]
}

func (l *log) inclusion(name string) {
	lines, checkpoint := split(l.file(name))
	if len(lines) < 2 || lines[0] != "c2sp.org/tlog-proof@v1" {
		fail("inclusion: %s has no header", name)
	}
	index, err := strconv.ParseInt(strings.TrimPrefix(lines[1], "index "), 10, 64)
	must(err, "inclusion")
	tree := l.open(checkpoint)
	if tree != l.tree {
		fail("inclusion: %s is of another tree", name)
	}
	leaf := tlog.RecordHash(l.entries[index])
	must(tlog.CheckRecord(parseHashes(lines[2:]), tree.N, tree.Hash, index, leaf), "inclusion: %s", name)
	l.verified["inclusions"]++
}

func (l *log) consistency(name string) {
	lines, checkpoint := split(l.file(name))
	first := l.open(checkpoint)
	if strconv.FormatInt(first.N, 10) != filepath.Base(name) {
		fail("consistency: %s is of %d", name, first.N)
	}
	must(tlog.CheckTree(parseHashes(lines), l.tree.N, l.tree.Hash, first.N, first.Hash), "consistency: %s", name)
	l.verified["consistencies"]++
}

func (l *log) each(pattern string, check func(name string)) {
	files, err := filepath.Glob(filepath.Join(l.folder, pattern))
	must(err, "file")
	for _, file := range files {
		name, err := filepath.Rel(l.folder, file)
		must(err, "file")
		check(name)
	}
}

func main() {
	l := &log{folder: os.Args[1], verified: map[string]int{}}
	keys := strings.Split(string(l.file("keys")), "\n")
	l.origin = keys[0]
	ed25519, err := note.NewVerifier(keys[2])
	must(err, "key")
	l.keys = []note.Verifier{newECDSAVerifier(keys[1]), ed25519}
	l.tree = l.open(l.file("checkpoint"))
	l.readRoot()
	l.readEntries()
	l.rebuild()
	l.lookUp()
	l.each("proof/*.tlog-proof", l.inclusion)
	l.each("earlier/*", l.consistency)
	fmt.Println("entries", len(l.entries), "tiles", l.verified["tiles"], "bundles", l.verified["bundles"],
		"inclusions", l.verified["inclusions"], "consistencies", l.verified["consistencies"])
}

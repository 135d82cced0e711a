// Command foreign-verifier checks what a vault's log says with the implementation of notes and transparency logs
// that Go itself checks its modules with, so that nothing of it comes from this project but the layout of the files.
//
// The layout is that of C2SP tlog-tiles, tlog-checkpoint and tlog-proof.
package main

import (
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const usage = `usage: foreign-verifier log VAULT VKEY [OLDER-CHECKPOINT...]
       foreign-verifier inclusion PROOF RECORD VKEY
       foreign-verifier consistency PROOF OLDER-CHECKPOINT VKEY`

const (
	tileHeight = 8
	tileWidth  = 1 << tileHeight
)

func main() {
	said, err := run(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(said)
}

func run(arguments []string) (string, error) {
	switch {
	case len(arguments) >= 3 && arguments[0] == "log":
		return checkLog(arguments[1], arguments[2], arguments[3:])
	case len(arguments) == 4 && arguments[0] == "inclusion":
		return checkInclusion(arguments[1], arguments[2], arguments[3])
	case len(arguments) == 4 && arguments[0] == "consistency":
		return checkConsistency(arguments[1], arguments[2], arguments[3])
	}
	return "", errors.New(usage)
}

// openCheckpoint returns the tree of a checkpoint that the key signed.
func openCheckpoint(data []byte, vkey string) (tlog.Tree, error) {
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return tlog.Tree{}, err
	}
	opened, err := note.Open(data, note.VerifierList(verifier))
	if err != nil {
		return tlog.Tree{}, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[3] != "" || lines[0] != verifier.Name() {
		return tlog.Tree{}, errors.New("checkpoint: not origin, size and root")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return tlog.Tree{}, err
	}
	root, err := tlog.ParseHash(lines[2])
	return tlog.Tree{N: size, Hash: root}, err
}

func openCheckpointFile(path, vkey string) (tlog.Tree, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return tlog.Tree{}, err
	}
	return openCheckpoint(data, vkey)
}

// tiles reads tiles below a folder; tlog asks for them, authenticates them by the tree, and then has them saved.
type tiles struct {
	folder string
	saved  map[tlog.Tile][]byte
}

func (folder tiles) Height() int { return tileHeight }

func (folder tiles) SaveTiles(of []tlog.Tile, data [][]byte) {
	for number, tile := range of {
		folder.saved[tile] = data[number]
	}
}

func (folder tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	found := make([][]byte, 0, len(wanted))
	for _, tile := range wanted {
		if data, there := folder.saved[tile]; there {
			found = append(found, data)
			continue
		}
		data, err := os.ReadFile(folder.path(tile))
		if err != nil {
			return nil, err
		}
		found = append(found, data)
	}
	return found, nil
}

// path is that of Go's own logs, which name the height of tiles, without it; entries take the place of level "data".
func (folder tiles) path(tile tlog.Tile) string {
	path := strings.TrimPrefix(tile.Path(), fmt.Sprintf("tile/%d/", tileHeight))
	if tile.L < 0 {
		path = "entries/" + strings.TrimPrefix(path, "data/")
	}
	return filepath.Join(folder.folder, "tile", filepath.FromSlash(path))
}

// records gives the records of a log of some size.
func (folder tiles) records(size int64) ([][]byte, error) {
	var found [][]byte
	for first := int64(0); first < size; first += tileWidth {
		width := min(tileWidth, size-first)
		path := folder.path(tlog.Tile{H: tileHeight, L: -1, N: first / tileWidth, W: int(width)})
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		for ; width > 0; width-- {
			if len(data) < 2 || len(data)-2 < int(data[0])<<8+int(data[1]) {
				return nil, fmt.Errorf("%s: it ends within a record", path)
			}
			end := 2 + int(data[0])<<8 + int(data[1])
			found = append(found, data[2:end])
			data = data[end:]
		}
		if len(data) > 0 {
			return nil, fmt.Errorf("%s: more than its records", path)
		}
	}
	return found, nil
}

func checkLog(vault, vkey string, older []string) (string, error) {
	tree, err := openCheckpointFile(filepath.Join(vault, "checkpoint"), vkey)
	if err != nil {
		return "", err
	}
	files := tiles{vault, map[tlog.Tile][]byte{}}
	reader := tlog.TileHashReader(tree, files)
	records, err := files.records(tree.N)
	if err != nil {
		return "", err
	}
	for index, record := range records {
		proof, err := tlog.ProveRecord(tree.N, int64(index), reader)
		if err != nil {
			return "", fmt.Errorf("record %d: %w", index, err)
		}
		if err := tlog.CheckRecord(proof, tree.N, tree.Hash, int64(index), tlog.RecordHash(record)); err != nil {
			return "", fmt.Errorf("record %d: %w", index, err)
		}
	}
	for _, path := range older {
		before, err := openCheckpointFile(path, vkey)
		if err != nil {
			return "", fmt.Errorf("%s: %w", path, err)
		}
		proof, err := tlog.ProveTree(tree.N, before.N, reader)
		if err != nil {
			return "", fmt.Errorf("%s: %w", path, err)
		}
		if err := tlog.CheckTree(proof, tree.N, tree.Hash, before.N, before.Hash); err != nil {
			return "", fmt.Errorf("%s: %w", path, err)
		}
	}
	return fmt.Sprintf("%d records, %d older checkpoints", len(records), len(older)), nil
}

// openProof returns a number and hashes of a proof, and the tree of its checkpoint.
func openProof(path, kind, number, vkey string) (int64, []tlog.Hash, tlog.Tree, error) {
	var tree tlog.Tree
	data, err := os.ReadFile(path)
	if err != nil {
		return 0, nil, tree, err
	}
	head, checkpoint, found := strings.Cut(string(data), "\n\n")
	lines := strings.Split(head, "\n")
	if !found || len(lines) < 2 || lines[0] != kind {
		return 0, nil, tree, errors.New("no proof")
	}
	if strings.HasPrefix(lines[1], "extra ") && len(lines) > 2 {
		lines = lines[1:]
	}
	stated, found := strings.CutPrefix(lines[1], number+" ")
	if !found {
		return 0, nil, tree, fmt.Errorf("no line with %q", number)
	}
	value, err := strconv.ParseInt(stated, 10, 64)
	if err != nil {
		return 0, nil, tree, err
	}
	var hashes []tlog.Hash
	for _, line := range lines[2:] {
		hashed, err := base64.StdEncoding.Strict().DecodeString(line)
		if err != nil || len(hashed) != tlog.HashSize {
			return 0, nil, tree, fmt.Errorf("no hash: %q", line)
		}
		hashes = append(hashes, tlog.Hash(hashed))
	}
	tree, err = openCheckpoint([]byte(checkpoint), vkey)
	return value, hashes, tree, err
}

func checkInclusion(path, record, vkey string) (string, error) {
	index, hashes, tree, err := openProof(path, "c2sp.org/tlog-proof@v1", "index", vkey)
	if err != nil {
		return "", err
	}
	data, err := os.ReadFile(record)
	if err != nil {
		return "", err
	}
	if err := tlog.CheckRecord(hashes, tree.N, tree.Hash, index, tlog.RecordHash(data)); err != nil {
		return "", err
	}
	return fmt.Sprintf("record %d of %d", index, tree.N), nil
}

func checkConsistency(path, older, vkey string) (string, error) {
	size, hashes, tree, err := openProof(path, "yadorigi/consistency-proof@v1", "from", vkey)
	if err != nil {
		return "", err
	}
	before, err := openCheckpointFile(older, vkey)
	if err != nil {
		return "", err
	}
	if before.N != size {
		return "", errors.New("the proof begins elsewhere")
	}
	if err := tlog.CheckTree(hashes, tree.N, tree.Hash, before.N, before.Hash); err != nil {
		return "", err
	}
	return fmt.Sprintf("from %d to %d", before.N, tree.N), nil
}

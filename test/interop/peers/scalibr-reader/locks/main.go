// Prints the packages that SCALIBR finds in the locks and databases of a folder, one JSON object a
// line: where, and as which package URL.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	config "github.com/google/osv-scalibr/binary/proto/config_go_proto"
	"github.com/google/osv-scalibr/extractor/filesystem"
	"github.com/google/osv-scalibr/extractor/filesystem/language/dotnet/depsjson"
	"github.com/google/osv-scalibr/extractor/filesystem/language/dotnet/packagesconfig"
	"github.com/google/osv-scalibr/extractor/filesystem/language/dotnet/packageslockjson"
	"github.com/google/osv-scalibr/extractor/filesystem/language/golang/gomod"
	"github.com/google/osv-scalibr/extractor/filesystem/language/java/gradlelockfile"
	"github.com/google/osv-scalibr/extractor/filesystem/language/java/pomxml"
	"github.com/google/osv-scalibr/extractor/filesystem/language/javascript/bunlock"
	"github.com/google/osv-scalibr/extractor/filesystem/language/javascript/packagelockjson"
	"github.com/google/osv-scalibr/extractor/filesystem/language/javascript/pnpmlock"
	"github.com/google/osv-scalibr/extractor/filesystem/language/javascript/yarnlock"
	"github.com/google/osv-scalibr/extractor/filesystem/language/php/composerlock"
	"github.com/google/osv-scalibr/extractor/filesystem/language/python/condameta"
	"github.com/google/osv-scalibr/extractor/filesystem/language/python/pdmlock"
	"github.com/google/osv-scalibr/extractor/filesystem/language/python/pipfilelock"
	"github.com/google/osv-scalibr/extractor/filesystem/language/python/poetrylock"
	"github.com/google/osv-scalibr/extractor/filesystem/language/python/pylock"
	"github.com/google/osv-scalibr/extractor/filesystem/language/python/requirements"
	"github.com/google/osv-scalibr/extractor/filesystem/language/python/uvlock"
	"github.com/google/osv-scalibr/extractor/filesystem/language/ruby/gemfilelock"
	"github.com/google/osv-scalibr/extractor/filesystem/language/rust/cargolock"
	"github.com/google/osv-scalibr/fs"
	"github.com/google/osv-scalibr/stats"
)

func main() {
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(folder string) error {
	scan := &filesystem.Config{ScanRoots: fs.RealFSScanRoots(folder), Stats: stats.NoopCollector{}}
	makers := []func(*config.PluginConfig) (filesystem.Extractor, error){
		packagelockjson.New, pnpmlock.New, yarnlock.New, bunlock.New, gomod.New, requirements.New,
		poetrylock.New, pdmlock.New, pipfilelock.New, pylock.New, uvlock.New, condameta.New,
		gemfilelock.New, cargolock.New, composerlock.New, gradlelockfile.New, pomxml.New,
		packageslockjson.New, depsjson.New, packagesconfig.New,
	}
	for _, make := range makers {
		reader, err := make(&config.PluginConfig{})
		if err != nil {
			return err
		}
		scan.Extractors = append(scan.Extractors, reader)
	}
	found, _, err := filesystem.Run(context.Background(), scan)
	if err != nil {
		return err
	}
	out := json.NewEncoder(os.Stdout)
	for _, one := range found.Packages {
		url := one.PURL()
		if url == nil || len(one.Locations) == 0 {
			continue
		}
		line := map[string]string{"place": one.Locations[0], "purl": url.String()}
		if err := out.Encode(line); err != nil {
			return err
		}
	}
	return nil
}

// Prints the packages that SCALIBR finds in a folder, as CycloneDX. All plugins of its own command
// take two minutes to build; those of our tests take a few seconds.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/CycloneDX/cyclonedx-go"
	config "github.com/google/osv-scalibr/binary/proto/config_go_proto"
	"github.com/google/osv-scalibr/converter"
	"github.com/google/osv-scalibr/extractor/filesystem"
	"github.com/google/osv-scalibr/extractor/filesystem/language/java/archive"
	"github.com/google/osv-scalibr/extractor/filesystem/language/javascript/packagejson"
	"github.com/google/osv-scalibr/extractor/filesystem/os/dpkg"
	"github.com/google/osv-scalibr/extractor/filesystem/sbom/cdx"
	"github.com/google/osv-scalibr/extractor/filesystem/sbom/spdx"
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
		dpkg.New, packagejson.New, archive.New, cdx.New, spdx.New,
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
	document := converter.ToCDX(found, converter.CDXConfig{})
	return cyclonedx.NewBOMEncoder(os.Stdout, cyclonedx.BOMFileFormatJSON).Encode(document)
}

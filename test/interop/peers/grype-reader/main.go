// Prints what Grype would look up: the packages of a folder or of an SBOM, one JSON object a line.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"sort"

	"github.com/anchore/grype/grype/db/v6/name"
	"github.com/anchore/grype/grype/pkg"
	"github.com/anchore/syft/syft"
	_ "modernc.org/sqlite" // of databases of packages
)

type line struct {
	Name      string   `json:"name"`
	Version   string   `json:"version"`
	Type      string   `json:"type"`
	Distro    string   `json:"distro"`
	Names     []string `json:"names"`
	Upstreams []string `json:"upstreams"`
}

func main() {
	config := pkg.ProviderConfig{
		SyftProviderConfig: pkg.SyftProviderConfig{SBOMOptions: syft.DefaultCreateSBOMConfig()},
	}
	packages, _, _, err := pkg.Provide(os.Args[1], config)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	for _, found := range packages {
		distro := ""
		if found.Distro != nil {
			distro = found.Distro.String()
		}
		upstreams := []string{}
		for _, one := range found.Upstreams {
			upstreams = append(upstreams, one.Name+"@"+one.Version)
		}
		names := name.PackageNames(found)
		sort.Strings(names)
		said := line{found.Name, found.Version, string(found.Type), distro, names, upstreams}
		if err := json.NewEncoder(os.Stdout).Encode(said); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}

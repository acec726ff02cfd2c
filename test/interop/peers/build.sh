#!/usr/bin/env bash
# Builds real programs of others from their Go modules (Go >= 1.26), each once, into DEST.
#   build.sh DEST NAME…
# Measured on two cores, modules not yet downloaded: oras, crane and notation-peer a few seconds, oci-conformance 20 s,
# etcd 19 s, registry 106 s, cosign 124 s, fulcio 45 s, timestamp-server and rekor-server 60 s each, scalibr-reader 35 s, kube-apiserver 132 s, gatekeeper 83 s, opa 56 s;
# grype-reader more than 150 s, so tools/interop.ts does not build it. Versions are pinned here and in the go.mod beside.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
dest=${1:?usage: build.sh DEST NAME…}
shift
mkdir -p "$dest"
dest=$(cd "$dest" && pwd)

install() { GOBIN="$dest" go install -trimpath -ldflags='-s -w' "$1"; }
build() { (cd "$here/$1" && go build -trimpath -ldflags="-s -w ${4:-}" -o "$dest/$3" "$2"); }
# MODULE@VERSION PACKAGE NAME FILE FROM TO: its metrics listen on all addresses, and the tests on loopback alone.
build_on_loopback() {
  local copy from
  copy=$(mktemp -d)
  from=$(cd "$copy" && go mod download -json "$1" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p')
  cp -r "$from/." "$copy" && chmod -R u+w "$copy"
  grep -qF "$5" "$copy/$4"
  sed -i "s|$5|$6|" "$copy/$4"
  (cd "$copy" && go build -trimpath -ldflags='-s -w' -o "$dest/$3" "$2")
  rm -rf "$copy"
}
kubernetes='k8s.io/component-base/version'
kyverno=v0.0.1-alpha.3.0.20260723090831-fb2785727f98

for name in "$@"; do
  [ -x "$dest/$name" ] && continue
  case $name in
    oras) install oras.land/oras/cmd/oras@v1.3.6 ;;
    crane) install github.com/google/go-containerregistry/cmd/crane@v0.22.1 ;;
    cosign) install github.com/sigstore/cosign/v3/cmd/cosign@v3.1.3 ;;
    fulcio)
      build_on_loopback github.com/sigstore/fulcio@v1.8.8 . fulcio cmd/app/serve.go \
        'Sprintf(":%v", viper' 'Sprintf("127.0.0.1:%v", viper'
      ;;
    timestamp-server)
      build_on_loopback github.com/sigstore/timestamp-authority@v1.2.9 ./cmd/timestamp-server timestamp-server \
        pkg/server/prometheus.go '":2112"' '"127.0.0.1:0"'
      ;;
    rekor-server)
      install github.com/sigstore/rekor-tiles/v2/cmd/rekor-server/posix@v2.3.0
      mv -f "$dest/posix" "$dest/rekor-server"
      ;;
    registry) install github.com/distribution/distribution/v3/cmd/registry@v3.1.2 ;;
    oci-conformance)
      install github.com/opencontainers/distribution-spec/conformance@v0.0.0-20260831232431-97274622c111
      mv -f "$dest/conformance" "$dest/oci-conformance"
      ;;
    notation-peer) build notation . notation-peer ;;
    chain-peer) build chain . chain-peer ;;
    grype-reader) build grype-reader . grype-reader ;;
    scalibr-reader) build scalibr-reader . scalibr-reader ;;
    scalibr-locks) build scalibr-reader ./locks scalibr-locks ;;
    etcd) build kube ./etcd etcd ;;
    kube-apiserver)
      build kube ./kube-apiserver kube-apiserver \
        "-X $kubernetes.gitVersion=v1.36.3 -X $kubernetes.gitMajor=1 -X $kubernetes.gitMinor=36"
      ;;
    kubectl)
      build kubectl . kubectl "-X $kubernetes.gitVersion=v1.36.3 -X $kubernetes.gitMajor=1 -X $kubernetes.gitMinor=36"
      ;;
    kyverno-kinds)
      # The kinds of Kyverno's policies, as its module of types brings them.
      module=$(cd "$(mktemp -d)" && go mod download -json "github.com/kyverno/api@$kyverno" | sed -n 's/^\t"Dir": "\(.*\)",$/\1/p')
      mkdir -p "$dest/kyverno-kinds"
      cp --no-preserve=mode "$module"/config/crds/policies.kyverno.io_imagevalidatingpolicies.yaml "$dest/kyverno-kinds/"
      ;;
    opa) install github.com/open-policy-agent/opa@v1.22.2 ;;
    helm) install helm.sh/helm/v3/cmd/helm@v3.19.0 ;;
    gatekeeper)
      install github.com/open-policy-agent/gatekeeper/v3@v3.23.1
      # Its kinds, as its chart brings them.
      module=$(go list -m -f '{{.Dir}}' github.com/open-policy-agent/gatekeeper/v3@v3.23.1)
      mkdir -p "$dest/gatekeeper-kinds"
      cp --no-preserve=mode "$module"/charts/gatekeeper/crds/*.yaml "$dest/gatekeeper-kinds/"
      ;;
    *)
      echo "unknown peer: $name" >&2
      exit 2
      ;;
  esac
  echo "built $name"
done

#!/bin/sh
# kustomize 5.7.1 (5.5.0 in kubectl 1.32 too): `tagSuffix` of an image is appended twice where the
# image is in `containers`, and both `tagSuffix` and `newTag` drop the digest by which a resource
# names its image. So an overlay that only changes a tag takes a pin away without a message: who
# judges resources and overlays each alone sees a pinned image and a harmless suffix.
# Needs kustomize 5.7.1, or go to build it.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
kustomize=$(command -v kustomize || true)
if [ -z "$kustomize" ]; then
  GOBIN="$folder" go install sigs.k8s.io/kustomize/kustomize/v5@v5.7.1
  kustomize=$folder/kustomize
fi
digest=sha256:$(printf 'a%.0s' 1 2 3 4 5 6 7 8 | sed 's/a/aaaaaaaa/g')
mkdir tree
cat > tree/pod.yaml <<END
apiVersion: v1
kind: Pod
metadata: { name: a }
spec:
  containers:
    - { name: one, image: "one:1" }
    - { name: two, image: "two:1@$digest" }
    - { name: three, image: "three@$digest" }
END
cat > tree/kustomization.yaml <<'END'
resources: [pod.yaml]
images:
  - { name: one, tagSuffix: -x }
  - { name: two, tagSuffix: -x }
  - { name: three, newTag: "3" }
END
"$kustomize" build tree | sed -n 's/^ *- image: //p' | tee images
test "$(tr '\n' ' ' < images)" = 'one:1-x-x two:1-x-x three:3 '

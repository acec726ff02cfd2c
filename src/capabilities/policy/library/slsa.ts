import { headPolicy, headTests, type LibraryPolicy } from './library-policy.ts';

/** slsa.dev/spec/v1.2: what a gate can see of Build L1 to L3, and of the source. */
export const SLSA: LibraryPolicy = {
  name: 'slsa',
  title: 'Provenance that was signed by the platform that built, from a known source',
  source: 'SLSA 1.2, Build track',
  policy: `${headPolicy('slsa')}rules:
  - id: slsa-provenance
    # Build L1 and L2: provenance exists, and the platform that built has signed it.
    description: Every image has provenance, signed by an identity that is trusted to state it.
    gates: { release: deny, admission: deny, audit: deny }
    require: artifacts.exists(a, a.type == 'provenance' && a.trusted)
    message: "'no trusted provenance is attached to ' + text(image.reference)"
    fix: "Let the build state it: waybill release --job-token. Its key counts if the trust document names it for provenance: waybill trust add."

  - id: slsa-builder
    # Build L3 is a property of the platform: name those that have it here.
    description: The provenance is of a builder that this organisation has examined.
    gates: { release: deny, admission: deny, audit: deny }
    require: provenance.builder in ['https://ci.example.com/builders/main']
    message: "'it was built by ' + text(provenance.builder)"
    fix: Build it on an examined platform, or examine this one and add it to the rule.

  - id: slsa-source
    description: It was built from a repository of this organisation.
    gates: { release: deny, admission: deny, audit: deny }
    require: provenance.repository.startsWith('https://git.example.com/')
    message: "'it was built from ' + text(provenance.repository)"
    fix: Build it from a repository of the organisation, or add the code host to the rule.

  - id: slsa-materials
    description: The provenance names what went into the build, each by its digest.
    gates: { release: deny }
    require: provenance.materials.size() > 0 && provenance.materials.all(m, m.digest != '')
    message: "'the provenance does not name what went into the build by digest'"
    fix: Record the materials in the provenance with their digests.
`,
  tests: `${headTests('slsa')}facts:
  good:
    artifacts:
      - { type: provenance, mediaType: application/json, digest: "sha256:${'1'.repeat(64)}", createdAt: 2026-11-22T11:00:00Z, trusted: true, identity: CN=ci, reason: null }
    provenance:
      builder: https://ci.example.com/builders/main
      repository: https://git.example.com/shop
      commit: ${'c'.repeat(40)}
      materials:
        - { uri: "git+https://git.example.com/shop", digest: "sha1:${'c'.repeat(40)}" }
tests:
  - name: a release of the platform
    gate: release
    facts: good
    table:
      set: [artifacts.0.type, artifacts.0.trusted, provenance.builder, provenance.repository, provenance.materials]
      rows:
        - values: [provenance, true, "https://ci.example.com/builders/main", "https://git.example.com/shop", [{ uri: a, digest: "sha256:1" }]]
          name: good
          expect: allow
        - values: [sbom, true, "https://ci.example.com/builders/main", "https://git.example.com/shop", [{ uri: a, digest: "sha256:1" }]]
          name: without provenance
          expect: deny
          rules: { slsa-provenance: broken, slsa-builder: holds }
        - values: [provenance, false, "https://ci.example.com/builders/main", "https://git.example.com/shop", [{ uri: a, digest: "sha256:1" }]]
          name: provenance of a stranger
          expect: deny
          rules: { slsa-provenance: broken }
        - values: [provenance, true, "https://laptop.example.com", "https://git.example.com/shop", [{ uri: a, digest: "sha256:1" }]]
          name: another builder
          expect: deny
          rules: { slsa-builder: broken, slsa-source: holds }
        - values: [provenance, true, "https://ci.example.com/builders/main", "https://git.example.com.attacker.example/shop", [{ uri: a, digest: "sha256:1" }]]
          name: a source elsewhere
          expect: deny
          rules: { slsa-source: broken, slsa-materials: holds }
        - values: [provenance, true, "https://ci.example.com/builders/main", "https://git.example.com/shop", []]
          name: no materials
          expect: deny
          rules: { slsa-materials: broken }
        - values: [provenance, true, "https://ci.example.com/builders/main", "https://git.example.com/shop", [{ uri: a, digest: "sha256:1" }, { uri: b, digest: "" }]]
          name: a material without a digest
          expect: deny
          rules: { slsa-materials: broken }
        - values: [{ $unknown: FACT_UNKNOWN }, true, { $unknown: FACT_UNKNOWN }, "https://git.example.com/shop", [{ uri: a, digest: { $unknown: FACT_UNKNOWN } }]]
          name: unknown is not allowed
          expect: undetermined
          rules: { slsa-provenance: undetermined, slsa-builder: undetermined, slsa-materials: undetermined }
  - name: at admission
    gate: admission
    facts: good
    table:
      set: [artifacts, provenance.builder, provenance.repository]
      rows:
        - values: [[{ type: provenance, trusted: true }], "https://ci.example.com/builders/main", "https://git.example.com/shop"]
          expect: allow
        - values: [[{ type: provenance, trusted: true }, { type: sbom, trusted: false }], "https://ci.example.com/builders/main", "https://git.example.com/shop"]
          expect: allow
        - values: [[], "https://ci.example.com/builders/main", "https://git.example.com/shop"]
          expect: deny
        - values: [[{ type: provenance, trusted: true }], "https://laptop.example.com", "https://git.example.com/shop"]
          expect: deny
        - values: [[{ type: provenance, trusted: true }], "https://ci.example.com/builders/main", "https://elsewhere.example.com/shop"]
          expect: deny
  - name: at the audit
    gate: audit
    facts: good
    table:
      set: [artifacts, provenance.builder, provenance.repository]
      rows:
        - values: [[{ type: provenance, trusted: true }], "https://ci.example.com/builders/main", "https://git.example.com/shop"]
          expect: allow
        - values: [[], "https://ci.example.com/builders/main", "https://git.example.com/shop"]
          expect: deny
        - values: [[{ type: provenance, trusted: true }], "https://laptop.example.com", "https://git.example.com/shop"]
          expect: deny
        - values: [[{ type: provenance, trusted: true }], "https://ci.example.com/builders/main", "https://elsewhere.example.com/shop"]
          expect: deny
`,
};

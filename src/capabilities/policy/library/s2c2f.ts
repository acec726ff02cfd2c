import { headPolicy, headTests, type LibraryPolicy } from './library-policy.ts';

/** github.com/ossf/s2c2f, specification/framework.md: the practices that a gate can see. */
export const S2C2F: LibraryPolicy = {
  name: 's2c2f',
  title: 'Open source is taken from our own store, scanned, listed and pinned',
  source: 'OpenSSF S2C2F, practices 1, 2, 3, 5 and 6',
  policy: `${headPolicy('s2c2f')}parameters:
  allowedComponentRegistries: [registry.example.com]
  scanAgeMax: 24h
rules:
  - id: s2c2f-ingest
    # Practices 1 and 6: what we do not keep ourselves can be gone, or another thing, tomorrow.
    description: Every dependency comes through the artifact store of this organisation.
    gates: { commit: warn, build: deny }
    require: dependencies.all(d, d.registryFrom == 'tree' || within(d.registry, params.allowedComponentRegistries))
    message: >
      dependencies.filter(d, d.registryFrom != 'tree' && !within(d.registry, params.allowedComponentRegistries))
      .map(d, d.name + ' comes from ' + text(d.registry)).join('; ')
    fix: Point the package manager at the store, and write the lock again.

  - id: s2c2f-audit
    # Practice 5: a chain of custody needs a name for exactly these bytes.
    description: Every dependency is pinned, so that what was examined is what is built.
    gates: { build: deny }
    require: dependencies.all(d, d.pinned)
    message: "dependencies.filter(d, !d.pinned).map(d, d.place + ' ' + d.name + ': ' + d.why).join('; ')"
    fix: "Pin it: waybill fix --apply."

  - id: s2c2f-scan
    # Practice 2: what was good when it was taken in may be known to be bad today.
    description: Every image has a trusted scan of today.
    gates: { release: deny, admission: deny }
    require: artifacts.exists(a, a.type == 'scan' && a.trusted) && now - scan.createdAt <= params.scanAgeMax
    message: "'no trusted scan of the last ' + text(params.scanAgeMax) + ' is attached to ' + text(image.reference)"
    fix: "Scan it again: waybill rescan."

  - id: s2c2f-inventory
    # Practice 3: who is asked about the next Log4Shell needs a list that is whole.
    description: Every image has a trusted inventory, and it is complete.
    gates: { release: deny, admission: deny }
    require: artifacts.exists(a, a.type == 'sbom' && a.trusted) && sbom.complete
    message: "'no trusted inventory that is complete is attached to ' + text(image.reference)"
    fix: "Make one: waybill release. See what it lacks: waybill sbom."
`,
  tests: `${headTests('s2c2f')}facts:
  tree: { dependencies: [{ ecosystem: npm, name: left, version: 1.0.0, purl: "pkg:npm/left@1.0.0", pinned: true, why: locked, registry: registry.example.com/npm, registryFrom: lock, place: "package.json:4", kind: direct, development: false }] }
  image:
    artifacts: [{ type: scan, trusted: true }, { type: sbom, trusted: true }]
    scan: { complete: true, createdAt: 2026-11-22T11:00:00Z }
    sbom: { complete: true, count: 1, createdAt: 2026-11-22T11:00:00Z }
tests:
  - name: what is built
    gate: build
    facts: tree
    table:
      set: [dependencies.0.registry, dependencies.0.registryFrom, dependencies.0.pinned]
      rows:
        - { values: [registry.example.com/npm, lock, true], expect: allow }
        - { values: [elsewhere.example.com, lock, true], expect: deny, rules: { s2c2f-ingest: broken, s2c2f-audit: holds } }
        - { values: [registry.example.com.attacker.example, lock, true], expect: deny }
        - { values: [null, tree, true], expect: allow }
        - { values: [registry.example.com/npm, tree, true], expect: allow }
        - { values: [registry.example.com/npm, lock, false], expect: deny, rules: { s2c2f-ingest: holds, s2c2f-audit: broken } }
        - { values: [{ $unknown: FACT_UNKNOWN }, default, true], expect: undetermined }
  - name: of two dependencies, one is enough
    gate: build
    facts: { dependencies: [{ name: a, place: x, why: y, pinned: true, registry: registry.example.com, registryFrom: lock }, { name: b, place: x, why: y, pinned: false, registry: elsewhere.example.com, registryFrom: lock }] }
    expect: deny
    rules: { s2c2f-ingest: broken, s2c2f-audit: broken }
  - name: no dependency
    gate: build
    facts: { dependencies: [] }
    expect: allow
  - name: what is released
    gate: release
    facts: image
    table:
      set: [artifacts, scan.createdAt, sbom.complete]
      rows:
        - { values: [[{ type: scan, trusted: true }, { type: sbom, trusted: true }], "2026-11-22T11:00:00Z", true], expect: allow }
        - { values: [[{ type: scan, trusted: true }, { type: sbom, trusted: true }], "2026-11-21T12:00:00Z", true], expect: allow }
        - { values: [[{ type: scan, trusted: true }, { type: sbom, trusted: true }], "2026-11-21T11:59:59Z", true], expect: deny, rules: { s2c2f-scan: broken, s2c2f-inventory: holds } }
        - { values: [[{ type: scan, trusted: false }, { type: sbom, trusted: true }], "2026-11-22T11:00:00Z", true], expect: deny, rules: { s2c2f-scan: broken, s2c2f-inventory: holds } }
        - { values: [[{ type: scan, trusted: true }, { type: sbom, trusted: false }], "2026-11-22T11:00:00Z", true], expect: deny, rules: { s2c2f-scan: holds, s2c2f-inventory: broken } }
        - { values: [[{ type: scan, trusted: true }, { type: sbom, trusted: true }], "2026-11-22T11:00:00Z", false], expect: deny, rules: { s2c2f-scan: holds, s2c2f-inventory: broken } }
        - { values: [[{ type: scan, trusted: true }], "2026-11-22T11:00:00Z", true], expect: deny, rules: { s2c2f-scan: holds, s2c2f-inventory: broken } }
        - { values: [[{ type: sbom, trusted: true }], "2026-11-22T11:00:00Z", true], expect: deny, rules: { s2c2f-scan: broken, s2c2f-inventory: holds } }
        - { values: [[], "2026-11-22T11:00:00Z", true], expect: deny, rules: { s2c2f-scan: broken, s2c2f-inventory: broken } }
        - { values: [[], "2026-11-20T11:00:00Z", false], expect: deny, rules: { s2c2f-scan: broken, s2c2f-inventory: broken } }
  - name: at admission, a scan of a stranger
    gate: admission
    facts: image
    with: { artifacts: [{ type: scan, trusted: false }, { type: sbom, trusted: true }] }
    expect: deny
    rules: { s2c2f-scan: broken, s2c2f-inventory: holds }
  - name: at admission, an inventory that is not whole
    gate: admission
    facts: image
    with: { sbom.complete: false }
    expect: deny
    rules: { s2c2f-scan: holds, s2c2f-inventory: broken }
`,
};

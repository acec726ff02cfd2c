import { headPolicy, headTests, type LibraryPolicy } from './library-policy.ts';

/** NIST SP 800-218 (SSDF 1.1): the tasks whose result a gate can see; most are for people. */
export const SSDF: LibraryPolicy = {
  name: 'ssdf',
  title: 'What a gate can see of secure software development',
  source: 'NIST SP 800-218, SSDF 1.1: PS.1.1, PS.2.1, PS.3.2, PW.4.4 and RV.1.1',
  policy: `${headPolicy('ssdf')}rules:
  - id: ssdf-ps-1-1
    # Code is protected from change by those who may not: each change has a name.
    description: Every commit that is built is signed by somebody who may change the code.
    gates: { build: deny }
    require: commits.all(c, c.trusted)
    message: "commits.filter(c, !c.trusted).map(c, c.id + ': ' + text(c.reason)).join('; ')"
    fix: "Sign the commit: waybill commit setup."

  - id: ssdf-pw-4-4
    # Acquired components are verified: their bytes are those that somebody chose.
    description: Everything that the build uses is recorded by its hash or version.
    gates: { build: deny }
    require: build.materialsRecorded
    message: "'not recorded: ' + text(build.unrecorded)"
    fix: "Lock it: waybill fix --apply --resolve."

  - id: ssdf-ps-2-1
    # Who receives a release can verify that it was not changed.
    description: Every image is signed by an identity that is trusted for it.
    gates: { release: deny, admission: deny }
    require: signatures.exists(s, s.trusted)
    message: "'no trusted signature is attached to ' + text(image.reference)"
    fix: "Sign it: waybill sign."

  - id: ssdf-ps-3-2
    # Provenance data of all components of each release is kept and shared.
    description: Every image has a trusted SBOM and trusted provenance.
    gates: { release: deny }
    require: "['sbom', 'provenance'].all(wanted, artifacts.exists(a, a.type == wanted && a.trusted))"
    message: "'no trusted SBOM and provenance are attached to ' + text(image.reference)"
    fix: "Make them: waybill release."

  - id: ssdf-rv-1-1
    # Vulnerabilities of released software are looked for all the time, and the worst are not shipped.
    description: No component has a critical vulnerability that applies.
    gates: { release: deny, audit: deny }
    require: findings.all(f, f.status == 'not_affected' || f.severity != 'critical')
    message: "findings.filter(f, f.status != 'not_affected' && f.severity == 'critical').map(f, f.id + ' in ' + f.name).join('; ')"
    fix: "Upgrade it: waybill fix. Where it does not apply, say so: waybill vex add."
`,
  tests: `${headTests('ssdf')}facts:
  built: { commits: [{ id: a, trusted: true, reason: null }], build: { materialsRecorded: true, unrecorded: null } }
  released:
    signatures: [{ trusted: true }]
    artifacts: [{ type: sbom, trusted: true }, { type: provenance, trusted: true }]
    advisories: { source: imported, updatedAt: 2026-11-22T11:00:00Z }
    findings: [{ id: CVE-1, name: left, status: affected, severity: high }]
tests:
  - name: what is built
    gate: build
    facts: built
    table:
      set: [commits, build.materialsRecorded]
      rows:
        - { values: [[{ id: a, trusted: true }], true], expect: allow }
        - { values: [[{ id: a, trusted: true }, { id: b, trusted: false }], true], expect: deny, rules: { ssdf-ps-1-1: broken, ssdf-pw-4-4: holds } }
        - { values: [[], true], expect: allow }
        - { values: [[{ id: a, trusted: true }], false], expect: deny, rules: { ssdf-ps-1-1: holds, ssdf-pw-4-4: broken } }
        - { values: [{ $unknown: FACT_UNKNOWN }, true], expect: undetermined }
  - name: what is released
    gate: release
    facts: released
    table:
      set: [signatures, artifacts, findings.0.status, findings.0.severity]
      rows:
        - { values: [[{ trusted: true }], [{ type: sbom, trusted: true }, { type: provenance, trusted: true }], affected, high], expect: allow }
        - { values: [[{ trusted: true }, { trusted: false }], [{ type: sbom, trusted: true }, { type: provenance, trusted: true }], affected, high], expect: allow }
        - { values: [[], [{ type: sbom, trusted: true }, { type: provenance, trusted: true }], affected, high], expect: deny, rules: { ssdf-ps-2-1: broken, ssdf-ps-3-2: holds } }
        - { values: [[{ trusted: false }], [{ type: sbom, trusted: true }, { type: provenance, trusted: true }], affected, high], expect: deny, rules: { ssdf-ps-2-1: broken } }
        - { values: [[{ trusted: true }], [{ type: sbom, trusted: true }], affected, high], expect: deny, rules: { ssdf-ps-2-1: holds, ssdf-ps-3-2: broken } }
        - { values: [[{ trusted: true }], [{ type: scan, trusted: true }], affected, high], expect: deny, rules: { ssdf-ps-3-2: broken } }
        - { values: [[{ trusted: true }], [{ type: sbom, trusted: true }, { type: provenance, trusted: false }], affected, high], expect: deny, rules: { ssdf-ps-3-2: broken } }
        - { values: [[{ trusted: true }], [{ type: sbom, trusted: true }, { type: provenance, trusted: true }], affected, critical], expect: deny, rules: { ssdf-ps-3-2: holds, ssdf-rv-1-1: broken } }
        - { values: [[{ trusted: true }], [{ type: sbom, trusted: true }, { type: provenance, trusted: true }], not_affected, critical], expect: allow }
        - { values: [[{ trusted: true }], [{ type: sbom, trusted: true }, { type: provenance, trusted: true }], not_affected, high], expect: allow }
        - { values: [[{ trusted: true }], [{ type: sbom, trusted: true }, { type: provenance, trusted: true }], affected, { $unknown: FACT_UNKNOWN }], expect: undetermined }
  - name: one finding of two
    gate: release
    facts: released
    with: { findings: [{ id: CVE-1, name: left, status: affected, severity: high }, { id: CVE-2, name: pad, status: affected, severity: critical }] }
    expect: deny
  - name: no finding
    gate: release
    facts: released
    with: { findings: [] }
    expect: allow
  - name: at admission
    gate: admission
    facts: { signatures: [{ trusted: false }] }
    expect: deny
  - name: at the audit
    gate: audit
    facts: { findings: [{ id: CVE-1, name: left, status: affected, severity: critical }] }
    expect: deny
`,
};

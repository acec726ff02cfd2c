import { headPolicy, headTests, type LibraryPolicy } from './library-policy.ts';

/** B24, in a strict form: what is allowed is listed, and nothing else is. */
export const LICENCES: LibraryPolicy = {
  name: 'licences',
  title: 'Only licences that somebody has read and allowed',
  source: 'SPDX licence list',
  policy: `${headPolicy('licences')}parameters:
  allowedLicenses: [Apache-2.0, BSD-2-Clause, BSD-3-Clause, ISC, MIT]
  refusedLicenses: []
rules:
  - id: licences-stated
    description: Every component states a licence.
    gates: { release: deny, audit: deny }
    require: components.all(c, c.licenses.size() > 0)
    message: "components.filter(c, c.licenses.size() == 0).map(c, c.name + ' states no licence').join('; ')"
    fix: "Look for it in its source, and state it: waybill release --licenses-from. Else replace the component."

  - id: licences-allowed
    # Of MIT OR GPL-3.0-only one may choose the first; of MIT AND GPL-3.0-only both apply.
    description: Every component may be used under licences of the list.
    gates: { release: deny, audit: deny }
    require: components.all(c, licensesAllowed(c.licenses, params.allowedLicenses, params.refusedLicenses))
    message: >
      components.filter(c, !licensesAllowed(c.licenses, params.allowedLicenses, params.refusedLicenses))
      .map(c, c.name + ' ' + text(c.version) + ' under ' + text(c.licenses)).join('; ')
    fix: Replace the component, or let somebody read its licence and add it to parameters.allowedLicenses.
`,
  tests: `${headTests('licences')}facts:
  one: { components: [{ purl: "pkg:npm/left@1.0.0", type: npm, name: left, version: 1.0.0, licenses: [MIT] }] }
tests:
  - name: at the release
    gate: release
    facts: one
    table:
      set: [components.0.licenses]
      rows:
        - { values: [[MIT]], expect: allow }
        - { values: [["MIT OR GPL-3.0-only"]], expect: allow }
        - { values: [["MIT AND GPL-3.0-only"]], expect: deny, rules: { licences-allowed: broken, licences-stated: holds } }
        - { values: [[MIT, GPL-3.0-only]], expect: deny }
        - { values: [[]], expect: deny, rules: { licences-stated: broken } }
        - { values: [{ $unknown: FACT_UNKNOWN }], expect: undetermined }
  - name: one of two
    gate: release
    facts: { components: [{ name: a, version: "1", licenses: [MIT] }, { name: b, version: "1", licenses: [GPL-3.0-only] }] }
    expect: deny
    rules: { licences-allowed: broken, licences-stated: holds }
  - name: one of two that states none
    gate: release
    facts: { components: [{ name: a, version: "1", licenses: [MIT] }, { name: b, version: "1", licenses: [] }] }
    expect: deny
    rules: { licences-stated: broken }
  - name: no component
    gate: release
    facts: { components: [] }
    expect: allow
  - name: at the audit, a licence that is not allowed
    gate: audit
    facts: one
    with: { components.0.licenses: [GPL-3.0-only] }
    expect: deny
    rules: { licences-stated: holds }
  - name: at the audit, none that is stated
    gate: audit
    facts: one
    with: { components.0.licenses: [] }
    expect: deny
    rules: { licences-stated: broken }
`,
};

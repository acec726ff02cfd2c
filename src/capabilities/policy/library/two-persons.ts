import { headPolicy, headTests, type LibraryPolicy } from './library-policy.ts';

/** D4 and D18, with a second person: who signs what goes into a build has not written it. */
export const TWO_PERSONS: LibraryPolicy = {
  name: 'two-persons',
  title: 'Every commit that is built was signed by somebody who did not write it',
  source: 'SLSA 1.2, Source track, two-person review',
  policy: `${headPolicy('two-persons')}rules:
  - id: two-persons
    # A person who may change the code alone needs only one stolen key.
    description: Each commit is signed by a trusted person other than its author.
    gates: { build: deny }
    require: commits.size() > 0 && commits.all(c, c.trusted && !c.authorMatches)
    message: >
      commits.size() == 0 ? 'no commit is known'
      : commits.filter(c, !c.trusted || c.authorMatches)
        .map(c, c.id + ' by ' + text(c.author) + ', signed by ' + text(c.signer)).join('; ')
    fix: Let a reviewer merge it with a signature of his own. A platform that merges signs with its key.
`,
  tests: `${headTests('two-persons')}facts:
  reviewed: { commits: [{ id: ${'c'.repeat(40)}, signed: true, trusted: true, signer: bob@example.com, format: ssh, author: alice@example.com, committer: bob@example.com, authorMatches: false, committerMatches: true, reason: null }] }
tests:
  - name: one commit
    gate: build
    facts: reviewed
    table:
      set: [commits.0.trusted, commits.0.authorMatches]
      rows:
        - { values: [true, false], expect: allow }
        - { values: [true, true], expect: deny }
        - { values: [false, false], expect: deny }
        - { values: [false, true], expect: deny }
        - { values: [{ $unknown: FACT_UNKNOWN }, false], expect: undetermined }
  - name: one of two
    gate: build
    facts: { commits: [{ id: a, author: a, signer: b, trusted: true, authorMatches: false }, { id: b, author: b, signer: b, trusted: true, authorMatches: true }] }
    expect: deny
  - name: no commit
    gate: build
    facts: { commits: [] }
    expect: deny
`,
};

/**
 * A dependency is pinned when the files of the tree fix exactly what is installed. Unknown is not
 * pinned.
 */
// mutant demo-unpinned-components by demo: text dependencies.all(d, d.pinned) ->
//   dependencies.all(d, d.pinned || true)
// mutant rule-every-dependency-pinned: text dependencies.all( -> dependencies.exists(
const PINNED = `    require: dependencies.all(d, d.pinned)
    message: >
      dependencies.filter(d, !d.pinned)
      .map(d, d.name + ' at ' + d.place + ' is not pinned (' + d.why + ')').join('; ')
    fix: "See each one: waybill deps. Pin what can be pinned: waybill fix --apply (base images: with --resolve). Commit the result."
`;

/** A critical finding refuses a commit, a release and an admission by the same condition. */
// mutant rule-no-critical-finding by default-policy, 5-time-in-verdicts also by demo: text !=
//   'critical' -> != 'none'
// mutant rule-commit-critical-finding: text != 'critical' -> != 'low'
export const NO_CRITICAL_FINDING = `    require: >
      findings.all(f, f.status == 'not_affected' || f.severity != 'critical'
      || (params.unknownSeverity == 'accept' && !known(f.severity)))
    message: >
      findings.filter(f, f.severity == 'critical' && f.status != 'not_affected')
      .map(f, f.id + ' in ' + f.name + ' ' + f.version
      + (f.fixed.size() > 0 ? ' (fixed in ' + f.fixed.join(', ') + ')' : ' (no fix is known)')
      + ' is critical').join('; ')`;

/** `waybill commit verify` asks this rule alone, without the rest of a policy. */
// mutant demo-unsigned-commits by demo: text after D18-signed-commits: c.signed && c.trusted && ->
//   true ||
// mutant rule-commit-author: text after D18-signed-commits: c.authorMatches && ->
// mutant rule-commit-trusted-key: text after D18-signed-commits: && c.trusted ->
export const SIGNED_COMMITS = `  - id: D18-signed-commits
    description: >
      Every commit is signed by a trusted person who is its author and its committer, or by a key
      that a platform uses for merges and that this policy names.
    gates: { commit: deny, build: deny }
    require: >
      commits.all(c, c.signed && c.trusted
      && (c.authorMatches && c.committerMatches || c.signer in params.mergeSigners))
    message: >
      commits.exists(c, !c.signed || !c.trusted)
      ? commits.filter(c, !c.signed || !c.trusted)
        .map(c, 'commit ' + c.id + ' by ' + text(c.author)
        + (c.signed ? ': ' + text(c.reason) : ' is not signed')).join('; ')
      : commits.filter(c, !(c.authorMatches && c.committerMatches
        || c.signer in params.mergeSigners))
        .map(c, 'commit ' + c.id + ' is signed by ' + text(c.signer) + ', who is not its '
        + (c.authorMatches ? 'committer ' + text(c.committer)
        : 'author ' + text(c.author))).join('; ')
    fix: >-
      Sign the commit with a key of its author: git commit --amend --no-edit -S. The key counts if
      the file of allowed signers names it for the author. See who signed: waybill commit verify.
`;

/**
 * The rules of the default policy for the commit and the build gate, each under the ID of its
 * requirement.
 */
// mutant demo-component-registries by demo: text after B10-component-registries: d.registryFrom ==
//   'tree' || within(d.registry, params.allowedComponentRegistries) -> d.pinned || !d.pinned
// mutant rule-build-high-finding: text after B8-no-major-finding: ['critical', 'high'] ->
//   ['critical']
// mutant rule-materials-recorded: text after B9-materials-recorded: build.materialsRecorded ->
//   known(build)
// mutant rule-registry-unknown: text after B10-component-registries: params.unknownRegistry ==
//   'accept' && ->
// mutant rule-builds-differ: text after D9-reproduced: || build.reproduced -> ||
//   known(build.reproduced)
// mutant rule-second-build-unreadable: text after D9-reproduced: !build.rebuilt ->
//   !known(build.reproduced)
export const SOURCE_RULES = `
${SIGNED_COMMITS}
  - id: D19-no-critical-finding
    description: No commit whose dependencies have a critical vulnerability.
    gates: { commit: deny }
${NO_CRITICAL_FINDING}
    fix: "See the nearest safe version: waybill fix. Write it: waybill fix --apply. Commit the result, with the lock."

  - id: D20-pinned-versions
    description: Every dependency of a commit is pinned, by a hash or to a version.
    gates: { commit: deny }
${PINNED}
  - id: B8-no-major-finding
    description: No build if a dependency has a critical or high vulnerability.
    gates: { build: deny }
    require: >
      findings.all(f, f.status == 'not_affected' || !(f.severity in ['critical', 'high'])
      || (params.unknownSeverity == 'accept' && !known(f.severity)))
    message: >
      findings.filter(f, f.severity in ['critical', 'high'] && f.status != 'not_affected')
      .map(f, f.id + ' in ' + f.name + ' ' + f.version
      + (f.fixed.size() > 0 ? ' (fixed in ' + f.fixed.join(', ') + ')' : ' (no fix is known)')
      + ' has the severity ' + text(f.severity)).join('; ')
    fix: "See the nearest safe version: waybill fix. Write it: waybill fix --apply. Commit the result, with the lock."

  - id: B9-materials-recorded
    description: Everything that the build uses is recorded before it starts, by hash or version.
    gates: { build: deny }
    require: build.materialsRecorded
    message: "'not every dependency is recorded by its hash: ' + build.unrecorded"
    fix: >-
      See what is not recorded: waybill deps. Lock the packages (npm install --package-lock-only)
      and name base images by digest: waybill fix --apply --resolve. Commit the result.

  - id: B10-component-registries
    description: Components come from the allowed component registries only.
    gates: { commit: warn, build: deny }
    require: >
      dependencies.all(d,
      d.registryFrom == 'tree' || within(d.registry, params.allowedComponentRegistries)
      || (params.unknownRegistry == 'accept' && !known(d.registry)))
    message: >
      dependencies.filter(d, d.registryFrom != 'tree'
      && !within(d.registry, params.allowedComponentRegistries))
      .map(d, d.name + ' comes from ' + text(d.registry)).join('; ')
      + (params.allowedComponentRegistries.size() > 0
        ? '; allowed are ' + text(params.allowedComponentRegistries)
        : '; no registry is allowed')
    fix: >-
      Take it from an allowed registry and write the lock again, or add the registry to
      parameters.allowedComponentRegistries.

  - id: B14-pinned-versions
    description: Every dependency of a build is pinned, by a hash or to a version.
    gates: { build: deny }
${PINNED}
  - id: D9-reproduced
    description: If the image was built twice, both builds have the same bytes.
    gates: { build: deny }
    require: "!build.rebuilt || build.reproduced"
    message: "'two builds of one commit differ: ' + text(build.difference)"
    fix: Remove what differs between two builds, such as times and the order of files.
`;

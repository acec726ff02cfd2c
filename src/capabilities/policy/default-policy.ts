import type { Gate } from '../../core/verdict.ts';
import { NO_CRITICAL_FINDING, SIGNED_COMMITS, SOURCE_RULES } from './default-source-rules.ts';
import { EVERY_LICENSE } from './licenses.ts';
import type { PolicyMode } from './policy.ts';
import { REFUSED_LICENSES, SYSTEM_PACKAGE_TYPES } from './refused-licenses.ts';

/** The values that a team sets when it takes over the default policy. */
export interface DefaultParameters {
  readonly name?: string;
  /** One mode for every gate, or a mode for each gate. */
  readonly mode?: PolicyMode | Readonly<Partial<Record<Gate, PolicyMode>>>;
  readonly allowedRegistries?: readonly string[];
  readonly allowedLicenses?: readonly string[];
  readonly refusedLicenses?: readonly string[];
  readonly scanAgeMax?: string;
  readonly advisoryAgeMax?: string;
  readonly unknownSeverity?: 'undetermined' | 'accept';
  readonly unknownLicense?: 'undetermined' | 'accept';
  readonly allowedComponentRegistries?: readonly string[];
  readonly mergeSigners?: readonly string[];
  readonly unknownRegistry?: 'undetermined' | 'accept';
}

/** How old advisory data may be unless a team says otherwise. */
export const DEFAULT_ADVISORY_AGE_DAYS = 7;

/**
 * The text of the policy to start with: the rules for the commit, build, release and admission
 * gates, each under the ID of its requirement. No registry is allowed until a team names its own.
 */
export function buildDefaultPolicy(parameters: DefaultParameters = {}): string {
  // mutant default-scan-age by demo: text '24h' -> '72h'
  return `apiVersion: waybill.dev/v1
kind: Policy
metadata: { name: ${JSON.stringify(parameters.name ?? 'default')}, revision: 1 }
mode: ${formatMode(parameters.mode ?? 'enforce')}
parameters:
  # Registries, or paths of them, that images may come from. Whole path segments count.
  allowedRegistries: ${JSON.stringify(parameters.allowedRegistries ?? [])}
  # SPDX identifiers that components other than packages of the operating system may be licensed
  # under. "*" is every licence of the SPDX list; for a stricter rule, list them instead:
  # [Apache-2.0, BSD-2-Clause, BSD-3-Clause, ISC, MIT].
  allowedLicenses: ${JSON.stringify(parameters.allowedLicenses ?? [EVERY_LICENSE])}
  # SPDX identifiers that no component may be licensed under, "*" or not.
  refusedLicenses: ${formatRefused(parameters.refusedLicenses)}
  scanAgeMax: ${parameters.scanAgeMax ?? '24h'}
  advisoryAgeMax: ${parameters.advisoryAgeMax ?? `${DEFAULT_ADVISORY_AGE_DAYS}d`}
  # An unknown value leaves the decision undetermined. With "accept" the rule holds without the
  # value, and every decision record says so.
  unknownSeverity: ${parameters.unknownSeverity ?? 'undetermined'}
  unknownLicense: ${parameters.unknownLicense ?? 'undetermined'}
  # Registries, or paths of them, that packages and base images may come from.
  allowedComponentRegistries: ${JSON.stringify(parameters.allowedComponentRegistries ?? [])}
  # The same for a component when no file in the tree records where it comes from.
  unknownRegistry: ${parameters.unknownRegistry ?? 'undetermined'}
  # Signers whose keys a platform uses for merges: they may sign commits of other authors.
  mergeSigners: ${JSON.stringify(parameters.mergeSigners ?? [])}
${RULES}${SOURCE_RULES}`;
}

/** A team's own list, or ours with the reasons. */
function formatRefused(own: readonly string[] | undefined): string {
  if (own !== undefined) return JSON.stringify(own);
  const groups = REFUSED_LICENSES.map(({ kind, reason, licenses }) => [
    `    # ${kind}: ${reason}`,
    ...wrapWords(licenses.map((one) => `${one},`)),
  ]);
  return `[\n${groups.flat().join('\n').replace(/,$/, '')}]`;
}

const LINE_CHARACTERS = 100;

function wrapWords(words: readonly string[]): readonly string[] {
  const lines: string[] = [];
  for (const word of words) {
    const line = `${lines.at(-1) ?? ''} ${word}`;
    if (lines.length > 0 && line.length <= LINE_CHARACTERS) lines[lines.length - 1] = line;
    else lines.push(`    ${word}`);
  }
  return lines;
}

/** The text of a policy that has only the default rule about signed commits (D4, D18). */
export function buildCommitPolicy(mergeSigners: readonly string[]): string {
  return `apiVersion: waybill.dev/v1
kind: Policy
metadata: { name: signed-commits, revision: 1 }
mode: enforce
parameters: { mergeSigners: ${JSON.stringify(mergeSigners.filter((one) => one !== ''))} }
rules:
${SIGNED_COMMITS}`;
}

function formatMode(mode: NonNullable<DefaultParameters['mode']>): string {
  if (typeof mode === 'string') return mode;
  const gates = Object.entries(mode).map(([gate, one]) => `${gate}: ${one}`);
  return `{ ${gates.join(', ')} }`;
}

const SYSTEM = `[${SYSTEM_PACKAGE_TYPES.map((type) => `'${type}'`).join(', ')}]`;

// mutant rule-licenses by default-policy, 5-time-in-verdicts: text after B24-licenses:
//   : licensesAllowed( -> : true || licensesAllowed(
// mutant rule-system-licenses by default-licences also by demo: text after B24-licenses:
//   ? !licensesRefused( -> ? true || !licensesRefused(
// mutant rule-allowed-registry by default-policy, 5-time-in-verdicts also by demo: text after
//   I19-allowed-registry: within(image.registry + '/' + image.repository, params.allowedRegistries)
//   -> image.registry != ''
// mutant rule-scan-not-old by default-policy, 5-time-in-verdicts: text after I18-scan-fresh: && now
//   - a.createdAt <= params.scanAgeMax ->
// mutant rule-scan-not-from-future by default-policy, 5-time-in-verdicts: text after
//   I18-scan-fresh: && a.createdAt - now <= duration('5m') ->
// mutant rule-sbom-complete by default-policy, 5-time-in-verdicts: text after sbom-complete:
//   sbom.complete -> sbom.complete || !sbom.complete
// mutant rule-signed-image by default-policy, 5-time-in-verdicts also by demo: text after
//   I17-signed-image: signatures.exists(s, s.trusted) -> signatures.exists(s, true) ||
//   signatures.size() == 0
// mutant rule-signed-sbom by default-policy, 5-time-in-verdicts: text after I18-signed-sbom: &&
//   a.trusted ->
// mutant rule-advisories-current by default-policy, 5-time-in-verdicts: text after
//   advisories-current: && now - advisories.updatedAt <= params.advisoryAgeMax ->
const RULES = `rules:
  - id: digest-pinned
    description: A decision is about one digest, never about a tag.
    gates: { release: deny, admission: deny, audit: deny }
    require: >
      image.digest.startsWith('sha256:') && image.digest.size() == 71
      || image.digest.startsWith('sha512:') && image.digest.size() == 135
    message: "'the image ' + text(image.reference) + ' was not resolved to a digest'"
    fix: Name the image by its digest.

  - id: B22-signed-artifacts
    description: No release without signed security artifacts (SBOM, scan and provenance).
    gates: { release: deny }
    require: >
      ['sbom', 'scan', 'provenance'].all(wanted, artifacts.exists(a, a.type == wanted && a.trusted))
      && signatures.exists(s, s.trusted)
    message: >
      ['sbom', 'scan', 'provenance']
      .exists(wanted, !artifacts.exists(a, a.type == wanted && a.trusted))
      ? 'no signed ' + ['sbom', 'scan', 'provenance']
        .filter(wanted, !artifacts.exists(a, a.type == wanted && a.trusted)).join(', ')
        + ' is attached to ' + text(image.reference)
        + (artifacts.exists(a, !a.trusted)
          ? '; ' + artifacts.filter(a, !a.trusted)
            .map(a, 'the ' + text(a.type) + ' is signed by ' + text(a.identity)
            + ', which does not count: ' + text(a.reason)).join('; ')
          : '')
      : 'no identity that is trusted for the image ' + text(image.reference) + ' has signed it'
    fix: "Sign the image and its documents: waybill release. Its key counts if the trust document names it for the repository: waybill trust add."

  - id: B23-no-critical-finding
    description: >-
      No release if a component has a critical vulnerability, unless a trusted VEX statement says
      that it is not affected.
    gates: { release: deny, admission: deny, audit: deny }
${NO_CRITICAL_FINDING}
    fix: "See the fixed versions: waybill scan. Build the image again with one and release it: waybill release. Where there is none, add an exception with an owner and an end."

  - id: B24-licenses
    # A package of the operating system is judged by the licences that its papers name: that of a
    # Debian package covers its whole source, and a third of them are prose.
    description: No release if a component has a licence that is refused or not allowed.
    gates: { release: deny, audit: record }
    require: >
      components.all(c, c.type in ${SYSTEM}
      ? !licensesRefused(c.licenses, params.refusedLicenses)
      : licensesAllowed(c.licenses, params.allowedLicenses, params.refusedLicenses)
      || (params.unknownLicense == 'accept'
      && !known(licensesAllowed(c.licenses, params.allowedLicenses, params.refusedLicenses))))
    message: >
      components.filter(c, c.type in ${SYSTEM}
      ? licensesRefused(c.licenses, params.refusedLicenses)
      : !licensesAllowed(c.licenses, params.allowedLicenses, params.refusedLicenses))
      .map(c, c.name + ' ' + text(c.version) + ' under ' + text(c.licenses) + ': '
      + licensesReason(c.licenses, params.refusedLicenses)).join('; ')
    fix: >-
      Replace the component, or change parameters.refusedLicenses and parameters.allowedLicenses,
      or add an exception with an owner and an end.

  - id: B24-system-licenses-named
    description: Packages of the operating system name licences that a program can read.
    gates: { release: warn }
    require: components.all(c, !(c.type in ${SYSTEM}) || c.licenses.size() > 0)
    message: >
      text(components.filter(c, c.type in ${SYSTEM} && c.licenses.size() == 0).size())
      + ' of ' + text(components.filter(c, c.type in ${SYSTEM}).size())
      + ' packages of the operating system name no licence that a program can read, so theirs was '
      + 'not judged: '
      + components.filter(c, c.type in ${SYSTEM} && c.licenses.size() == 0)
        .map(c, c.name).join(', ')
    fix: Read their copyright files in the image, /usr/share/doc/*/copyright for Debian.

  - id: I17-signed-image
    description: Every image must be signed by an identity that is trusted for its repository.
    gates: { admission: deny, audit: deny }
    require: signatures.exists(s, s.trusted)
    message: >
      signatures.exists(s, !s.trusted)
      ? 'the image ' + text(image.reference) + ' is signed by '
        + signatures.filter(s, !s.trusted)
          .map(s, (s.identity == null ? 'an unknown signer (' + s.format + ')' : text(s.identity))
          + ', which does not count: ' + text(s.reason)).join('; ')
      : 'the image ' + text(image.reference) + ' carries no signature'
    fix: "Sign it: waybill sign. Its key counts if the trust document names it for the repository: waybill trust add."

  - id: I18-signed-sbom
    description: Every image must have an SBOM, signed by an identity that is trusted for it.
    gates: { admission: deny, audit: deny }
    require: artifacts.exists(a, a.type == 'sbom' && a.trusted)
    message: >
      artifacts.exists(a, a.type == 'sbom')
      ? 'the SBOM of ' + text(image.reference) + ' is signed by '
        + artifacts.filter(a, a.type == 'sbom')
          .map(a, text(a.identity) + ', which does not count: ' + text(a.reason)).join('; ')
      : 'no SBOM is attached to ' + text(image.reference)
    fix: "Attach a signed SBOM: waybill release. Its key counts if the trust document names it for the repository: waybill trust add."

  - id: I18-scan-fresh
    description: Every image must have a signed scan that is not older than the limit.
    gates: { admission: deny, audit: record }
    require: >
      artifacts.exists(a, a.type == 'scan' && a.trusted
      && now - a.createdAt <= params.scanAgeMax && a.createdAt - now <= duration('5m'))
      && now - scan.createdAt <= params.scanAgeMax && scan.createdAt - now <= duration('5m')
    message: >
      artifacts.exists(a, a.type == 'scan' && a.trusted)
      ? 'the scan of ' + text(image.reference) + ' is '
        + artifacts.filter(a, a.type == 'scan' && a.trusted)
          .map(a, text(now - a.createdAt)).join(', ')
        + ' old; at most ' + text(params.scanAgeMax) + ' is allowed'
      : (artifacts.exists(a, a.type == 'scan')
        ? 'the scan of ' + text(image.reference) + ' is '
          + artifacts.filter(a, a.type == 'scan')
            .map(a, text(now - a.createdAt) + ' old (at most ' + text(params.scanAgeMax)
            + ') and signed by ' + text(a.identity) + ', which does not count: '
            + text(a.reason)).join('; ')
        : 'no scan is attached to ' + text(image.reference))
    fix: "Scan the image again and attach the signed result: waybill rescan."

  - id: I19-allowed-registry
    description: Images come from the allowed registries only.
    gates: { release: deny, admission: deny, audit: deny }
    require: within(image.registry + '/' + image.repository, params.allowedRegistries)
    message: >
      'the image comes from ' + text(image.registry + '/' + image.repository)
      + (params.allowedRegistries.size() > 0
        ? '; allowed are ' + text(params.allowedRegistries)
        : '; no registry is allowed')
    fix: Push the image to an allowed registry, or add its registry to parameters.allowedRegistries.

  - id: sbom-complete
    description: The inventory behind the decision is complete.
    gates: { release: deny, admission: deny, audit: deny }
    require: sbom.complete
    message: "'the SBOM of ' + text(image.reference) + ' says that it is not complete'"
    fix: "See what is missing, and why: waybill sbom. Put that right in the image and release it again: waybill release. Else add an exception with an owner and an end."

  - id: scan-complete
    description: The scan behind the release is complete.
    gates: { release: deny }
    require: scan.complete
    message: "'the scan of ' + text(image.reference) + ' does not cover every component'"
    fix: "See what is not covered, and why: waybill scan. Where a matcher exists, import its advisories: waybill advisories import. Then release it again: waybill release. Else add an exception with an owner and an end."

  - id: advisories-current
    description: The advisory data is imported and not older than the limit.
    gates: { commit: deny, build: deny, release: deny, admission: deny, audit: deny }
    require: >
      advisories.source == 'imported'
      && now - advisories.updatedAt <= params.advisoryAgeMax
      && advisories.updatedAt - now <= duration('24h')
    message: >
      advisories.source == 'imported'
      ? 'the advisory data is ' + text(now - advisories.updatedAt) + ' old; at most '
        + text(params.advisoryAgeMax) + ' is allowed'
      : 'the advisory data is the bundled sample, which proves nothing'
    fix: "Import current advisories: waybill advisories import."
`;

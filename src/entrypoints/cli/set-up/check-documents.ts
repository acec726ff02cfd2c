import type { NotaryTrust, TrustRule } from '../../../capabilities/signing/index.ts';
import { formatCount } from '../../../core/count.ts';
import type { Failure } from '../../../core/failure.ts';
import { formatInstant, type Instant } from '../../../core/instant.ts';
import { GATES } from '../../../core/verdict.ts';
import { type Check, createCheck, passCheck } from './check.ts';
import { formatNaming } from './name-config.ts';
import type { Observations } from './observations.ts';

const DAY_MS = 86_400_000;
export const EXPIRY_NOTICE_MS = 30 * DAY_MS;

export function checkConfiguration({ config, treeFile }: Observations): Check {
  if (!config.ok)
    return createCheck('configuration', 'problem', config.failure.message, config.failure.remedy);
  if (config.value.file === null && treeFile !== null)
    return createCheck(
      'configuration',
      'warning',
      `${treeFile} decides only at the commit gate and the build gate`,
      `if you trust it, name it for every command: ${formatNaming(treeFile)}`,
    );
  if (config.value.file === null)
    return createCheck(
      'configuration',
      'warning',
      'no configuration file is named, and none is in the home or in this folder',
      'waybill init',
    );
  return passCheck('configuration', `${config.value.file} loads`);
}

/** The fix for a policy that does not load; the checks that need a policy name the same fix. */
export function choosePolicyFix({
  policy,
  config,
  treeFile,
}: Pick<Observations, 'policy' | 'config' | 'treeFile'>): string {
  if (policy.ok) return '';
  const { code, remedy } = policy.failure;
  if (code === 'FILE_NOT_FOUND')
    return config.ok && config.value.file === null && treeFile !== null
      ? formatNaming(treeFile)
      : 'waybill init';
  const isSyntax = code === 'POLICY_INVALID' && remedy.startsWith('Correct');
  return isSyntax && config.ok
    ? `correct it, and check it again: waybill policy check ${config.value.policy}`
    : remedy;
}

export function checkPolicy({ policy, config, treeFile, now }: Observations): readonly Check[] {
  if (!policy.ok) {
    const { code, message } = policy.failure;
    return [
      createCheck(
        'policy',
        code === 'FILE_UNREADABLE' ? 'unknown' : 'problem',
        message,
        choosePolicyFix({ policy, config, treeFile }),
      ),
    ];
  }
  const { name, revision, modes, exceptions } = policy.value;
  const observing = GATES.filter((gate) => modes[gate] === 'observe');
  const [next] = observing;
  const gates = GATES.map((gate) => `${gate}: ${gate === next ? 'enforce' : modes[gate]}`).join(
    ', ',
  );
  const fix =
    `let the next gate enforce in the policy: mode: { ${gates} }; see ` +
    'docs/guides/observe-to-enforce.md';
  return [
    passCheck('policy', `${name}, revision ${revision}, loads`),
    observing.length === 0
      ? passCheck('policy-mode', 'every gate enforces')
      : createCheck(
          'policy-mode',
          'warning',
          `nothing is refused at ${observing.join(', ')}: the policy only observes there`,
          fix,
        ),
    ...checkExpiries(exceptions, now),
  ];
}

interface ExpiringException {
  readonly rule: string;
  readonly owner: string;
  readonly expires: Instant;
}

function checkExpiries(exceptions: readonly ExpiringException[], now: Instant): readonly Check[] {
  const formatException = ({ rule, owner, expires }: ExpiringException) =>
    `${rule} (${owner}, ${formatInstant(expires)})`;
  // mutant doctor-expired-exception by checks: value 2 -> false
  const expired = exceptions.filter(({ expires }) => expires <= now);
  const soon = exceptions.filter(
    ({ expires }) => expires > now && expires <= now + EXPIRY_NOTICE_MS,
  );
  if (expired.length > 0) {
    const why = `expired, no longer in effect: ${expired.map(formatException).join(', ')}`;
    return [
      createCheck(
        'exceptions',
        'warning',
        why,
        'fix what they excused, and remove them from the policy',
      ),
    ];
  }
  if (soon.length > 0) {
    const why = `expire within 30 days: ${soon.map(formatException).join(', ')}`;
    return [
      createCheck(
        'exceptions',
        'warning',
        why,
        'fix what they excuse, or agree on a later date with their owners',
      ),
    ];
  }
  return [passCheck('exceptions', `${formatCount(exceptions.length, 'exception')}, none expired`)];
}

export function checkTrust({ trust, notation, now }: Observations): readonly Check[] {
  const document = checkTrustDocument(trust, notation);
  // mutant doctor-trust-policy-that-nobody-needs by checks: condition -> true
  if (trust.ok && needsNoPolicy(trust.value.rules) && isAbsent(notation))
    return [document, passCheck('trust-policy', 'not needed: every signer is of sigstore')];
  return [document, checkTrustPolicy(notation, now)];
}

function isAbsent(notation: Observations['notation']): boolean {
  return !notation.ok && notation.failure.code === 'FILE_NOT_FOUND';
}

/** Whether the rules name signers of sigstore and no others. */
function needsNoPolicy(rules: readonly TrustRule[]): boolean {
  const signers = rules.flatMap((rule) => rule.signers);
  return (
    signers.length > 0 &&
    signers.every(({ kind }) => kind === 'sigstore-identity' || kind === 'sigstore-key')
  );
}

const TRUST_ADD =
  'waybill trust add --certificate root.crt --store NAME --identity "x509.subject: …" ' +
  '--repository "registry.example.com/shop/*"';

/** A file that exists and cannot be read is not fixed by adding to it. */
function failTrustCheck(name: 'trust' | 'trust-policy', { code, message, remedy }: Failure): Check {
  const fix = code === 'FILE_NOT_FOUND' ? TRUST_ADD : remedy;
  return createCheck(name, code === 'FILE_UNREADABLE' ? 'unknown' : 'problem', message, fix);
}

function checkTrustDocument(
  trust: Observations['trust'],
  notation: Observations['notation'],
): Check {
  if (!trust.ok) return failTrustCheck('trust', trust.failure);
  const { rules } = trust.value;
  // mutant doctor-trust-names-nobody by checks: condition -> false
  if (rules.length === 0)
    return createCheck(
      'trust',
      'problem',
      'the trust document has no rules, so no evidence counts',
      TRUST_ADD,
    );
  const idle = notation.ok ? listIdleStores(rules, notation.value) : [];
  // mutant doctor-rule-that-never-applies by checks: condition -> false
  if (idle.length > 0)
    return createCheck(
      'trust',
      'problem',
      `no statement of the trust policy has ${idle.join(', ')}: these rules never apply`,
      TRUST_ADD,
    );
  return passCheck('trust', `${formatCount(rules.length, 'rule')} about who may state what`);
}

/** Trust stores that only the rules name: `ca:acme of rule shop`. */
function listIdleStores(rules: readonly TrustRule[], { stores }: NotaryTrust): readonly string[] {
  return rules.flatMap(({ id, signers }) =>
    signers.flatMap((signer) =>
      signer.kind === 'subject' && !stores.has(signer.trustStore)
        ? [`${signer.trustStore} of rule ${id}`]
        : [],
    ),
  );
}

function checkTrustPolicy(notation: Observations['notation'], now: Instant): Check {
  if (!notation.ok) return failTrustCheck('trust-policy', notation.failure);
  const broken = [...notation.value.stores].flatMap(([name, store]) =>
    store.ok ? [] : [`${name}: ${store.failure.message}`],
  );
  const again = `replace it by a readable certificate, or add the store again: ${TRUST_ADD}`;
  if (broken.length > 0) return createCheck('trust-policy', 'problem', broken.join('; '), again);
  const [ended, ending] = [
    listEnding(notation.value, now),
    listEnding(notation.value, now + EXPIRY_NOTICE_MS),
  ];
  const renew = 'put the certificate that follows it into the store, under another file name';
  if (ended.length > 0)
    return createCheck('trust-policy', 'warning', `expired: ${ended.join(', ')}`, renew);
  // mutant doctor-trust-store-expires by checks: condition -> false
  if (ending.length > 0) {
    const what = `expire within 30 days: ${ending.join(', ')}`;
    return createCheck('trust-policy', 'warning', what, renew);
  }
  return passCheck(
    'trust-policy',
    `${formatCount(notation.value.stores.size, 'readable trust store')}`,
  );
}

/** The certificates of the trust stores that end by `until`. */
function listEnding({ stores }: NotaryTrust, until: number): readonly string[] {
  return [...stores].flatMap(([name, store]) =>
    (store.ok ? store.value : [])
      .filter(({ notAfter }) => notAfter <= until)
      .map((one) => `${one.subjectText} of ${name} (${formatInstant(one.notAfter)})`),
  );
}

import {
  describeSigner,
  explainDistrust,
  type RuleTest,
  type SignatureResult,
  STATEMENT_KINDS,
  type StatementKind,
  selectStatement,
  testRule,
} from '../../../capabilities/signing/index.ts';
import { Failure } from '../../../core/failure.ts';
import { formatImageReference, formatRepository } from '../../../core/image-reference.ts';
import { formatAnswerInstant, type Instant, toInstant } from '../../../core/instant.ts';
import { LIMITS } from '../../../core/limits.ts';
import { orThrow } from '../../../core/result.ts';
import {
  gatherImage,
  type ImageEvidence,
  type TrustMaterial,
} from '../../../gates/image-evidence/index.ts';
import { readWithinBudget } from '../../../system/processes/reading-budget.ts';
import { openImageTarget } from '../../compose/take-inventory.ts';
import { parseTarget } from '../../compose/targets.ts';
import { loadTrust } from '../../compose/trust.ts';
import { loadCallConfig, readTargetContext } from '../call-config.ts';
import type { TrustTestCall } from '../options/signing.ts';
import { type Block, showLine } from '../report/block.ts';
import { type Report, toValue } from '../report/report.ts';

/** Which statement of notation's policy and which rule applies to each signature, and why. */
export async function run(call: TrustTestCall): Promise<Report> {
  const config = await loadCallConfig(call);
  const target = parseTarget(call.args[0] ?? '', call.io.cwd);
  if (target.kind !== 'image' && target.kind !== 'layout')
    throw new Failure('USAGE', `${target.text} is no image`, 'Name an image, or oci:DIR[:TAG].');
  const trust = orThrow(await loadTrust(config));
  const { source, reference, close } = await openImageTarget(
    target,
    readTargetContext(call, config),
  );
  try {
    const now = toInstant(Date.now());
    const signal = AbortSignal.any([call.signal, AbortSignal.timeout(LIMITS.verifyMs)]);
    const ports = { source, trust, reading: readWithinBudget, showsAll: true };
    const evidence = orThrow(await gatherImage(reference, now, ports, { signal }));
    const shown = buildTest(evidence, trust, now);
    const counts = shown.tests.some(({ statement, rule }) => statement === 'image' && rule);
    const isOpen =
      evidence.signatures.missing !== null ||
      shown.tests.some(({ outcome }) => outcome === 'undetermined');
    return {
      kind: 'result',
      exitCode: counts ? 0 : isOpen ? 3 : 1,
      value: toValue('trust-test', () => shown),
      blocks: () => showTest(shown),
    };
  } finally {
    close();
  }
}

type TrustTest = ReturnType<typeof buildTest>;

function buildTest(evidence: ImageEvidence, trust: TrustMaterial, now: Instant) {
  const { reference, subject, signatures, documents } = evidence;
  const repository = formatRepository(reference);
  const statement = selectStatement(trust.notary.policy, repository);
  const place = { repository, trust, now };
  return {
    image: formatImageReference({ ...reference, digest: subject.digest }),
    digest: subject.digest,
    policy: {
      statement: statement?.name ?? null,
      scope: statement?.scopes.find((scope) => scope === repository || scope === '*') ?? null,
      level: statement?.level ?? null,
      trustStores: statement?.trustStores ?? [],
    },
    revision: trust.document.revision,
    tests: [
      ...signatures.items.map(({ manifest, result }) =>
        testSignature({ signature: manifest, about: subject.digest }, 'image', result, place),
      ),
      ...documents.items.flatMap(({ manifest, kind, signatures: own }) =>
        own.map(({ manifest: signature, result }) =>
          testSignature({ signature, about: manifest.digest }, kind, result, place),
        ),
      ),
    ].sort(compareTests),
  };
}

interface NamedTest {
  readonly statement: string;
  readonly about: string;
  readonly signature: string;
}

/** In an order that does not depend on the registry: by statement, then by digest. */
function compareTests(one: NamedTest, other: NamedTest): number {
  const [mine, yours] = [one, other].map(({ statement, about, signature }) =>
    [statement === 'image' ? '' : statement, about, signature].join(' '),
  );
  return (mine ?? '') < (yours ?? '') ? -1 : 1;
}

interface Place {
  readonly repository: string;
  readonly trust: TrustMaterial;
  readonly now: Instant;
}

function testSignature(
  about: { readonly signature: string; readonly about: string },
  statement: string,
  result: SignatureResult,
  place: Place,
) {
  const signer = result.kind === 'undetermined' ? null : result.signer;
  const timed = signer === null || signer.format === 'ssh' ? null : signer;
  const show = (moment: Instant | null | undefined) =>
    moment == null ? null : formatAnswerInstant(moment);
  return {
    ...about,
    statement,
    outcome: result.kind,
    identity: signer === null ? null : describeSigner(signer).identity,
    trustStore: timed === null || !('trustStore' in timed) ? null : timed.trustStore,
    trustedRoots: timed !== null && 'trustedRoots' in timed ? timed.trustedRoots : [],
    signedAt: show(timed?.signedAt),
    signedBy: show(timed?.signedBy),
    ...testRules(statement, result, place),
  };
}

interface RuleTests {
  readonly rule: string | null;
  readonly why: string | null;
  readonly rules: readonly { readonly id: string; readonly test: RuleTest }[];
}

/** Rules are about signatures that are valid; for others the reason is in the signature. */
function testRules(
  statement: string,
  result: SignatureResult,
  { repository, trust, now: at }: Place,
): RuleTests {
  const nothing = { rule: null, rules: [] };
  if (result.kind === 'undetermined') return { ...nothing, why: result.cause.message };
  if (result.kind === 'untrusted') return { ...nothing, why: result.reasons[0].message };
  const kind: StatementKind | undefined = STATEMENT_KINDS.find((known) => known === statement);
  if (kind === undefined)
    return { ...nothing, why: 'a document of this kind is not a statement that a rule can grant' };
  const about = { repository, kind, signer: result.signer, at };
  const rules = trust.document.rules.map((rule) => ({ id: rule.id, test: testRule(rule, about) }));
  const rule = rules.find(({ test }) => test === 'applies')?.id ?? null;
  return { rule, rules, why: rule === null ? explainDistrust(trust.document, about) : null };
}

function showTest({ image, policy, tests, revision }: TrustTest): readonly Block[] {
  const { statement, scope, level, trustStores } = policy;
  const applied =
    statement === null
      ? 'no statement of the trust policy is for this repository'
      : `statement ${statement} of the trust policy, by the scope ${scope}: ` +
        `${level}, ${trustStores.join(', ')}`;
  return [
    showLine(image),
    showLine(`  ${applied}`),
    ...(tests.length === 0 ? [showLine('  it has no signature')] : []),
    ...tests.flatMap((test) => showSignature(test, revision)),
  ];
}

function showSignature(test: TrustTest['tests'][number], revision: number): readonly Block[] {
  const { statement, identity, outcome, rule, why, rules, signature } = test;
  const by = identity === null ? '' : ` by ${identity}`;
  return [
    showLine(`  ${outcome} signature of ${statement}${by} (${signature})`),
    showLine(
      rule === null ? `    ${why}` : `    rule ${rule} of revision ${revision} lets it count`,
    ),
    ...rules
      .filter(({ id }) => id !== rule)
      .map(({ id, test: result }) => showLine(`    rule ${id}: ${result}`)),
  ];
}

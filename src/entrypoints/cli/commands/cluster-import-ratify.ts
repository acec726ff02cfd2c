import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import {
  type ImportedRule,
  type Omission,
  parseCertificates,
  parseNameText,
  type RatifyImport,
  ROOT_NAME,
  readRatify,
  type TrustDocument,
} from '../../../capabilities/signing/index.ts';
import { Failure } from '../../../core/failure.ts';
import { LIMITS } from '../../../core/limits.ts';
import { failed, ok, orThrow, type Result } from '../../../core/result.ts';
import { decodeUtf8 } from '../../../formats/json/parse.ts';
import { readSmallFile, readWhole } from '../../../system/files/read-file.ts';
import type { Config } from '../../config/config.ts';
import { loadCallConfig } from '../call-config.ts';
import type { ClusterImportRatifyCall } from '../options/cluster.ts';
import { type Block, showLine } from '../report/block.ts';
import { type Report, toValue } from '../report/report.ts';
import {
  chooseRuleId,
  loadKnownTrust,
  type NewFile,
  refuseOther,
  requireStatementKinds,
  writeFiles,
  writeTrust,
} from './trust-files.ts';

/**
 * Takes over whom Ratify trusts: certificates and policy as notation keeps them, and rules that say
 * the same. Everything is read and checked before anything is written.
 */
export async function run(call: ClusterImportRatifyCall): Promise<Report> {
  const config = await loadCallConfig(call);
  const choices = readChoices(call, config);
  const imported = orThrow(readRatify(await readResources(call), choices));
  const left: Omission[] = [...imported.left];
  const { rules, trust } = addRules(config, imported.rules, left);
  const files = [
    ...listStores(config, imported.stores),
    ...(imported.policy === null ? [] : [toPolicyFile(config, imported.policy)]),
    ...(trust === null ? [] : [{ to: config.trust, bytes: Buffer.from(trust) }]),
  ];
  writeFiles(files);
  const written = files.map(({ to }) => to);
  const { settings } = imported;
  return {
    kind: 'result',
    // mutant nothing-of-ratify-came-over by ratify-command: condition -> true
    exitCode: rules.length > 0 ? 0 : 3,
    value: toValue('cluster-import-ratify', () => ({ files: written, rules, settings, left })),
    blocks: () => showImport(rules, settings, written, left),
  };
}

/** All files as one stream of documents. */
async function readResources({ args, io }: ClusterImportRatifyCall): Promise<string> {
  const texts: string[] = [];
  for (const file of args) {
    const bytes =
      file === '-'
        ? await readWhole('standard input', LIMITS.configBytesMax, io.stdin)
        : readSmallFile(resolve(io.cwd, file), LIMITS.configBytesMax);
    texts.push(orThrow(decodeUtf8(bytes)));
  }
  return texts.join('\n---\n');
}

function readChoices({ options }: ClusterImportRatifyCall, { notation }: Config) {
  const { repository, identity, trustedRoot: root } = options;
  const identities = identity.map((text) => text.replace(/^x509\.subject:\s*/, ''));
  for (const text of identities) {
    const name = parseNameText(text);
    if (!name.ok) throw new Failure('USAGE', name.failure.message, name.failure.remedy);
  }
  const statements = requireStatementKinds(options.statement);
  const isHere =
    ROOT_NAME.test(root) && existsSync(join(notation, 'truststore', 'sigstore', `${root}.json`));
  return { repositories: repository, identities, statements, trustedRoot: isHere ? root : null };
}

/** Certificates that cannot be read end it, before anything is written. */
function listStores({ notation }: Config, stores: RatifyImport['stores']): readonly NewFile[] {
  return [...stores].map(([name, pem]) => {
    const [type = '', folder = ''] = name.split(':');
    const read = parseCertificates(Buffer.from(pem));
    if (!read.ok)
      throw new Failure(read.failure.code, `${name}: ${read.failure.message}`, read.failure.remedy);
    const to = join(notation, 'truststore', 'x509', type, folder, 'ratify.crt');
    return refuseOther({ to, bytes: Buffer.from(pem) }, LIMITS.configBytesMax, ELSEWHERE);
  });
}

const ELSEWHERE = 'Move it away, or name another folder with --notation.';

function toPolicyFile({ notation }: Config, policy: string): NewFile {
  const oci = join(notation, 'trustpolicy.oci.json');
  // mutant policy-that-is-never-read by ratify-command: condition -> false
  if (existsSync(oci))
    throw new Failure('USAGE', `${oci} is there, and is read in its place`, ELSEWHERE);
  const to = join(notation, 'trustpolicy.json');
  return refuseOther({ to, bytes: Buffer.from(policy) }, LIMITS.configBytesMax, ELSEWHERE);
}

/** The rules that the trust document takes; why it does not take others is reported. */
function addRules(
  { trust: path }: Config,
  drafts: readonly ImportedRule[],
  left: Omission[],
): { readonly rules: readonly ImportedRule[]; readonly trust: string | null } {
  const known = loadKnownTrust(path);
  const rules: ImportedRule[] = [];
  for (const draft of drafts)
    rules.push({ ...draft, id: chooseRuleId(draft.id, [...(known?.rules ?? []), ...rules]) });
  if (rules.length === 0) return { rules, trust: null };
  const whole = attemptTrust(known, rules);
  if (whole.ok) return { rules, trust: whole.value };
  const taken: ImportedRule[] = [];
  let trust: string | null = null;
  for (const rule of rules) {
    const next = attemptTrust(known, [...taken, rule]);
    if (!next.ok) left.push({ what: `rule ${rule.id}`, why: next.failure.message });
    else {
      taken.push(rule);
      trust = next.value;
    }
  }
  return { rules: taken, trust };
}

function attemptTrust(known: TrustDocument | null, rules: readonly ImportedRule[]): Result<string> {
  try {
    return ok(writeTrust(known, rules));
  } catch (thrown) {
    if (thrown instanceof Failure) return failed(thrown);
    throw thrown;
  }
}

function showImport(
  rules: readonly ImportedRule[],
  settings: RatifyImport['settings'],
  written: readonly string[],
  left: readonly Omission[],
): readonly Block[] {
  return [
    ...rules.map(({ id, repositories, statements, signers }) => {
      const who = signers.map((signer) =>
        'publicKey' in signer ? 'a key of cosign' : signer.identity,
      );
      const what = `${statements.join(', ')} about ${repositories.join(', ')}`;
      return showLine(`rule ${id}: exactly ${[...new Set(who)].join('; ')} may state ${what}`);
    }),
    ...settings.map(({ parameter, value, from }) =>
      showLine(`for the policy: parameters.${parameter}: ${JSON.stringify(value)} (${from})`),
    ),
    ...written.map((path) => showLine(`written: ${path}`)),
    ...left.map(({ what, why }) => showLine(`left out: ${what}: ${why}`)),
  ];
}

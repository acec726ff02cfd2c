import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import {
  formatRepositoryPattern,
  parseCertificates,
  parseNameText,
  parseTrustPolicy,
  type TrustDocument,
} from '../../../capabilities/signing/index.ts';
import { Failure } from '../../../core/failure.ts';
import { LIMITS } from '../../../core/limits.ts';
import { orThrow } from '../../../core/result.ts';
import { readFileBounded, readSmallFile } from '../../../system/files/read-file.ts';
import type { Config } from '../../config/config.ts';
import { loadCallConfig } from '../call-config.ts';
import type { TrustAddCall } from '../options/signing.ts';
import { showLine } from '../report/block.ts';
import { type Report, toValue } from '../report/report.ts';
import { loadKnownTrust, requireStatementKinds, writeFiles, writeTrust } from './trust-files.ts';

interface Addition {
  readonly store: string;
  readonly identity: string;
  readonly repositories: readonly string[];
  readonly statements: readonly string[];
  readonly certificate: Uint8Array;
}

/**
 * Adds one new identity in the three places that notation and Waybill read: the trust store, the
 * trust policy and the trust document. All are validated before any of them is written.
 */
export async function run(call: TrustAddCall): Promise<Report> {
  const config = await loadCallConfig(call);
  const addition = await readAddition(call);
  const policy = addToPolicy(config, addition);
  const trust = addToTrust(config, addition);
  orThrow(parseTrustPolicy(new TextEncoder().encode(policy)));
  const folder = join(config.notation, 'truststore', 'x509', 'ca', addition.store);
  const files = [
    {
      to: join(folder, `${toFileName(addition.identity)}.crt`),
      bytes: addition.certificate,
    },
    { to: join(config.notation, 'trustpolicy.json'), bytes: Buffer.from(policy) },
    { to: config.trust, bytes: Buffer.from(trust) },
  ];
  writeFiles(files);
  const { identity, store, repositories, statements } = addition;
  const written = files.map(({ to }) => to);
  const added = { identity, trustStore: `ca:${store}`, repositories, statements };
  return {
    kind: 'result',
    exitCode: 0,
    value: toValue('trust-add', () => ({ ...added, files: written })),
    blocks: () => [
      showLine(`${identity} may state ${statements.join(', ')} about ${repositories.join(', ')}`),
      showLine(`written: ${written.join(', ')}`),
    ],
  };
}

async function readAddition(call: TrustAddCall): Promise<Addition> {
  const file = resolve(call.io.cwd, call.options.certificate);
  const certificate = await readFileBounded(file, LIMITS.configBytesMax);
  orThrow(parseCertificates(certificate));
  const written = call.options.identity;
  const identity = written.replace(/^x509\.subject:\s*/, '');
  orThrow(parseNameText(identity));
  const statements = requireStatementKinds(call.options.statement);
  const store = call.options.store;
  if (!/^[A-Za-z0-9_.-]{1,128}$/.test(store))
    throw new Failure('USAGE', `not a name: ${store}`, 'Use letters, digits, . _ and -.');
  const repositories = call.options.repository;
  return {
    store,
    identity,
    repositories,
    statements: statements.length > 0 ? statements : ['image', 'sbom', 'scan', 'provenance'],
    certificate,
  };
}

/**
 * One statement for all scopes: the trust document, not notation, decides who may speak for a
 * repository.
 */
function addToPolicy(config: Config, { store, identity }: Addition): string {
  const file = join(config.notation, 'trustpolicy.json');
  const known = readKnownPolicy(file);
  const statement = known.trustPolicies.find((one) => one.name === 'waybill');
  const stores = [...new Set([...(statement?.trustStores ?? []), `ca:${store}`])];
  const identities = [
    ...new Set([...(statement?.trustedIdentities ?? []), `x509.subject: ${identity}`]),
  ];
  const updated = {
    name: 'waybill',
    registryScopes: ['*'],
    signatureVerification: { level: 'strict' },
    trustStores: stores,
    trustedIdentities: identities,
  };
  const others = known.trustPolicies.filter((one) => one.name !== 'waybill');
  return `${JSON.stringify({ version: '1.0', trustPolicies: [...others, updated] }, null, 2)}\n`;
}

/**
 * An existing file must be a valid trust policy before anything is added: a damaged one is never
 * replaced.
 */
function readKnownPolicy(file: string): NotationPolicy {
  if (!existsSync(file)) return { version: '1.0', trustPolicies: [] };
  const bytes = readSmallFile(file, LIMITS.configBytesMax);
  orThrow(parseTrustPolicy(bytes));
  return JSON.parse(Buffer.from(bytes).toString('utf8')) as NotationPolicy;
}

interface NotationPolicy {
  readonly version: string;
  readonly trustPolicies: readonly {
    readonly name: string;
    readonly trustStores?: readonly string[];
    readonly trustedIdentities?: readonly string[];
  }[];
}

function addToTrust(config: Config, addition: Addition): string {
  const known = loadKnownTrust(config.trust);
  const rule = {
    id: `${toFileName(addition.identity)}-${(known?.rules.length ?? 0) + 1}`,
    repositories: addition.repositories,
    statements: addition.statements,
    signers: [{ identity: addition.identity, trustStore: `ca:${addition.store}` }],
  };
  const isNew = !isGranted(known?.rules ?? [], addition);
  return writeTrust(known, isNew ? [rule] : []);
}

/** Whether one rule without a time says all of it already: a second one would overlap. */
function isGranted(
  rules: TrustDocument['rules'],
  { identity, store, repositories, statements }: Addition,
): boolean {
  return rules.some(
    (rule) =>
      rule.since === null &&
      rule.until === null &&
      statements.every((kind) => rule.statements.some((known) => known === kind)) &&
      repositories.every((one) =>
        rule.repositories.some((known) => formatRepositoryPattern(known) === one),
      ) &&
      rule.signers.some(
        (known) =>
          known.kind === 'subject' && known.text === identity && known.trustStore === `ca:${store}`,
      ),
  );
}

/** The common name as a file name; the rest of the subject is in the certificate. */
function toFileName(identity: string): string {
  const common = /(?:^|,)\s*CN=([^,]+)/i.exec(identity)?.[1] ?? 'identity';
  return common.replaceAll(/[^A-Za-z0-9_.-]/g, '-').replace(/^[.-]+/, '') || 'identity';
}

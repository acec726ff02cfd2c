import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import {
  parseSigningConfig,
  parseTrustedRoot,
  ROOT_NAME,
} from '../../../capabilities/signing/index.ts';
import { Failure } from '../../../core/failure.ts';
import { toInstant } from '../../../core/instant.ts';
import { LIMITS } from '../../../core/limits.ts';
import { orThrow } from '../../../core/result.ts';
import { readSmallFile } from '../../../system/files/read-file.ts';
import { locateSigningConfig } from '../../compose/vouching.ts';
import type { Config } from '../../config/config.ts';
import { loadCallConfig } from '../call-config.ts';
import type { TrustImportCosignCall } from '../options/signing.ts';
import { showLine } from '../report/block.ts';
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
 * Takes over whom cosign trusts: the trusted root of an instance, and a rule for an identity or a
 * key. Everything is read and checked before anything is written.
 */
export async function run(call: TrustImportCosignCall): Promise<Report> {
  const config = await loadCallConfig(call);
  const news = await followRepository(call, config);
  const root = news ?? readRoot(call, config);
  const services = readServices(call, config);
  const rule = readRule(call, root?.name ?? findKnownRoot(call, config));
  if (root === null && rule === null && services === null)
    throw new Failure('USAGE', 'there is nothing to take over', USE);
  const trust = rule === null ? null : addRule(config, rule);
  const files = [
    ...(root?.files ?? []),
    ...(services === null ? [] : [services]),
    ...(trust === null ? [] : [{ to: config.trust, bytes: Buffer.from(trust) }]),
  ];
  writeFiles(files);
  const value = {
    trustedRoot: root?.name ?? null,
    files: files.map(({ to }) => to),
    rule: rule?.id ?? null,
  };
  const said =
    rule === null
      ? 'no rule names it yet: add --identity and --issuer, or --key'
      : `rule ${rule.id}: ${rule.shown} may state ${rule.statements.join(', ')} about ` +
        rule.repositories.join(', ');
  return {
    kind: 'result',
    exitCode: 0,
    value: toValue('trust-import-cosign', () => value),
    blocks: () => [showLine(said), ...value.files.map((path) => showLine(`written: ${path}`))],
  };
}

const USE = 'Name a trusted_root.json, --key FILE, or --identity with --issuer.';

/** The trusted root of the instance; one that is there already and differs is not replaced. */
function readRoot(
  { args, options, io }: TrustImportCosignCall,
  config: Config,
): { readonly name: string; readonly files: readonly NewFile[] } | null {
  const [path] = args;
  if (path === undefined) return null;
  const { name } = options;
  if (!ROOT_NAME.test(name))
    throw new Failure('USAGE', `not a name: ${name}`, 'Use letters, digits, . _ and -.');
  const bytes = readSmallFile(resolve(io.cwd, path), LIMITS.configBytesMax);
  const parsed = orThrow(parseTrustedRoot(bytes));
  // mutant trusted-root-that-vouches-for-nothing: condition -> false
  if (parsed.logs.length + parsed.authorities.length + parsed.timestampAuthorities.length === 0)
    throw new Failure('TRUST_INVALID', `${path} names nobody`, 'Export the trusted root again.');
  const to = join(config.notation, 'truststore', 'sigstore', `${name}.json`);
  return { name, files: [refuseOther({ to, bytes }, LIMITS.configBytesMax, OTHER_NAME)] };
}

const OTHER_NAME = 'Move it away, or give this one another name: --name.';

/** Both documents from a TUF repository, from a root of it that the user gives. */
async function followRepository(
  { args, options, io, signal }: TrustImportCosignCall,
  config: Config,
): Promise<{ readonly name: string; readonly files: readonly NewFile[] } | null> {
  const { tuf: url, tufRoot, name, signingConfig } = options;
  if (url === undefined && tufRoot === undefined) return null;
  if (url === undefined || tufRoot === undefined)
    throw new Failure(
      'USAGE',
      '--tuf and --tuf-root belong together',
      'Give both: what nobody vouches for is worth nothing.',
    );
  if (args.length > 0 || signingConfig !== undefined)
    throw new Failure('USAGE', 'the TUF repository has both documents', 'Name it alone.');
  const root = readSmallFile(resolve(io.cwd, tufRoot), LIMITS.configBytesMax);
  const { openRepository } = await import('../../compose/tuf.ts');
  const news = await openRepository(config, { name, url, root }, { env: io.env, signal });
  const files = news.files.map((file) => refuseOther(file, LIMITS.configBytesMax, OTHER_NAME));
  return { name, files };
}

/** Where who signs asks for a certificate, an entry and a timestamp. */
function readServices({ options, io }: TrustImportCosignCall, config: Config): NewFile | null {
  if (options.signingConfig === undefined) return null;
  const path = resolve(io.cwd, options.signingConfig);
  const bytes = readSmallFile(path, LIMITS.configBytesMax);
  orThrow(parseSigningConfig(bytes, toInstant(Date.now())));
  const to = locateSigningConfig(config, options.name);
  return refuseOther({ to, bytes }, LIMITS.configBytesMax, OTHER_NAME);
}

/** One that was taken over before; a key needs none, so none is assumed for it. */
function findKnownRoot({ options }: TrustImportCosignCall, config: Config): string | null {
  const { name, identity, identityGlob, issuer } = options;
  if (identity === undefined && identityGlob === undefined) return null;
  const path = join(config.notation, 'truststore', 'sigstore', `${name}.json`);
  if (issuer === undefined)
    throw new Failure('USAGE', 'an identity needs the issuer of its token', 'Name it: --issuer.');
  if (ROOT_NAME.test(name) && existsSync(path)) return name;
  const why = `an identity needs a trusted root, and ${path} does not exist`;
  throw new Failure('USAGE', why, 'Name the trusted_root.json of the instance.');
}

interface NewRule {
  readonly id: string;
  readonly shown: string;
  readonly repositories: readonly string[];
  readonly statements: readonly string[];
  readonly signer: object;
}

function readRule(
  { options, io }: TrustImportCosignCall,
  trustedRoot: string | null,
): NewRule | null {
  const { identity, identityGlob, issuer, key, repository, statement } = options;
  if (key === undefined && identity === undefined && identityGlob === undefined) return null;
  if (repository.length === 0)
    throw new Failure('USAGE', 'a rule needs repositories', 'Name them: --repository.');
  const root = trustedRoot === null ? {} : { trustedRoot };
  const statements = statement.length === 0 ? ['image'] : requireStatementKinds(statement);
  const about = { repositories: repository, statements };
  if (key !== undefined) {
    const publicKey = Buffer.from(readSmallFile(resolve(io.cwd, key), 64 * 1024)).toString('utf8');
    const named = { identity, identityGlob, issuer };
    const signer = { publicKey, ...leaveOut(named), ...root };
    return { id: 'cosign-key', shown: `the key ${key}`, ...about, signer };
  }
  const signer = { ...leaveOut({ identity, identityGlob, issuer }), ...root };
  const shown = `${identity ?? `all like ${identityGlob}`} of ${issuer ?? 'no issuer'}`;
  return { id: 'cosign', shown, ...about, signer };
}

/** What was given: the trust document says what may be together. */
function leaveOut(values: Readonly<Record<string, string | undefined>>): object {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}

function addRule(config: Config, { id, repositories, statements, signer }: NewRule): string {
  const known = loadKnownTrust(config.trust);
  const unique = chooseRuleId(id, known?.rules ?? []);
  return writeTrust(known, [{ id: unique, repositories, statements, signers: [signer] }]);
}

import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import {
  importTrustPolicy,
  type NotaryTrust,
  type Omission,
  type RuleDraft,
} from '../../../capabilities/signing/index.ts';
import { orThrow } from '../../../core/result.ts';
import { readSmallFile } from '../../../system/files/read-file.ts';
import { loadNotationFolder } from '../../compose/trust.ts';
import { loadCallConfig } from '../call-config.ts';
import type { TrustImportCall } from '../options/signing.ts';
import { type Block, showLine } from '../report/block.ts';
import { type Report, toValue } from '../report/report.ts';
import {
  loadKnownTrust,
  type NewFile,
  refuseOther,
  requireStatementKinds,
  writeFiles,
  writeTrust,
} from './trust-files.ts';

/**
 * Takes over a folder of notation: its policies and stores as they are, and rules that say the
 * same. Everything is read and checked before anything is written.
 */
export async function run(call: TrustImportCall): Promise<Report> {
  const config = await loadCallConfig(call);
  const from = resolve(call.io.cwd, call.args[0] ?? findNotationFolder(call.io.env));
  const { images, files } = await loadNotationFolder(from);
  const notary = orThrow(images);
  const { statement } = call.options;
  const imported = importTrustPolicy(
    notary.policy,
    requireStatementKinds(statement.length === 0 ? ['image'] : statement),
  );
  const stores = [notary, ...(files?.ok === true ? [files.value] : [])];
  const copies = listCopies(from, config.notation, stores);
  const trust =
    imported.rules.length === 0 ? null : writeTrust(loadKnownTrust(config.trust), imported.rules);
  const left = [
    ...imported.left,
    ...listUnusable(stores),
    ...(files?.ok === false ? [{ what: 'trustpolicy.blob.json', why: files.failure.message }] : []),
    ...listOthers(from),
  ];
  const document = trust === null ? [] : [{ to: config.trust, bytes: Buffer.from(trust) }];
  writeFiles([...copies, ...document]);
  const written = [...copies.map(({ to }) => to), ...(trust === null ? [] : [config.trust])];
  return {
    kind: 'result',
    exitCode: 0,
    value: toValue('trust-import-notation', () => ({
      from,
      files: written,
      rules: imported.rules,
      left,
    })),
    blocks: () => showImport(imported.rules, written, left),
  };
}

/** Where notation keeps its configuration on this machine. */
function findNotationFolder(env: Readonly<Record<string, string | undefined>>): string {
  const base = env['XDG_CONFIG_HOME'] ?? join(env['HOME'] ?? homedir(), '.config');
  return join(base, 'notation');
}

const POLICIES = ['trustpolicy.oci.json', 'trustpolicy.json', 'trustpolicy.blob.json'] as const;

/** The policies that notation reads, and the readable stores that they name. */
function listCopies(from: string, to: string, stores: readonly NotaryTrust[]): readonly NewFile[] {
  if (existsSync(to) && realpathSync(from) === realpathSync(to)) return [];
  const [oci, json, blob] = POLICIES;
  const images = existsSync(join(from, oci)) ? oci : json;
  const policies = [images, ...(existsSync(join(from, blob)) ? [blob] : [])];
  const names = new Set(
    stores.flatMap((trust) => [...trust.stores].flatMap(([name, read]) => (read.ok ? [name] : []))),
  );
  const certificates = [...names].flatMap((name) => {
    const folder = join('truststore', 'x509', ...name.split(':'));
    return readdirSync(join(from, folder)).map((file) => join(folder, file));
  });
  return [...policies, ...certificates].map((path) => readCopy(join(from, path), join(to, path)));
}

const COPY_BYTES_MAX = 1024 * 1024;

function readCopy(from: string, to: string): NewFile {
  const remedy = 'Move it away, or name the other folder with --notation.';
  return refuseOther({ to, bytes: readSmallFile(from, COPY_BYTES_MAX) }, COPY_BYTES_MAX, remedy);
}

function listUnusable(stores: readonly NotaryTrust[]): readonly Omission[] {
  const broken = stores.flatMap((trust) =>
    [...trust.stores].flatMap(([name, read]) =>
      read.ok ? [] : [{ what: `trust store ${name}`, why: read.failure.message }],
    ),
  );
  return broken.filter(({ what }, at) => broken.findIndex((one) => one.what === what) === at);
}

/** What notation keeps beside its policies and stores. */
const OTHERS: readonly Omission[] = [
  { what: 'signingkeys.json', why: 'keys are not imported: waybill key import' },
  { what: 'localkeys', why: 'keys are not imported: waybill key import' },
  { what: 'plugins', why: 'plugins of notation are not imported' },
  { what: 'config.json', why: 'settings of notation are not imported' },
];

function listOthers(from: string): readonly Omission[] {
  const both = POLICIES.slice(0, 2).every((name) => existsSync(join(from, name)));
  const older = { what: 'trustpolicy.json', why: 'trustpolicy.oci.json is read in its place' };
  return [...(both ? [older] : []), ...OTHERS.filter(({ what }) => existsSync(join(from, what)))];
}

function showImport(
  rules: readonly RuleDraft[],
  written: readonly string[],
  left: readonly Omission[],
): readonly Block[] {
  return [
    ...rules.map(({ id, repositories, statements, signers }) => {
      const who = [...new Set(signers.map(({ identity }) => identity))].join('; ');
      const what = `${statements.join(', ')} about ${repositories.join(', ')}`;
      return showLine(`rule ${id}: exactly ${who} may state ${what}`);
    }),
    ...written.map((path) => showLine(`written: ${path}`)),
    ...left.map(({ what, why }) => showLine(`left out: ${what}: ${why}`)),
  ];
}

import { existsSync, readdirSync, realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import {
  importTrustPolicy,
  type NotaryTrust,
  type Omission,
  parseTrust,
  type RuleDraft,
  STATEMENT_KINDS,
  type StatementKind,
} from '../../../capabilities/signing/index.ts';
import { Failure } from '../../../core/failure.ts';
import { orThrow } from '../../../core/result.ts';
import { makeFolders } from '../../../system/files/make-folders.ts';
import { readSmallFile } from '../../../system/files/read-file.ts';
import { writeWhole } from '../../../system/files/write-file.ts';
import { loadNotationFolder } from '../../compose/trust.ts';
import { readDocument } from '../../config/trust.ts';
import { loadCallConfig } from '../call-config.ts';
import type { TrustImportCall } from '../options/signing.ts';
import { type Block, showLine } from '../report/block.ts';
import { type Report, toValue } from '../report/report.ts';
import { toRuleDocument, writeTrust } from './trust-add.ts';

interface FileCopy {
  readonly to: string;
  readonly bytes: Uint8Array;
}

/**
 * Takes over a folder of notation: its policies and stores as they are, and rules that say the
 * same. Everything is read and checked before anything is written.
 */
export async function run(call: TrustImportCall): Promise<Report> {
  const config = await loadCallConfig(call);
  const from = resolve(call.io.cwd, call.args[0] ?? findNotationFolder(call.io.env));
  const { images, files } = await loadNotationFolder(from);
  const notary = orThrow(images);
  const imported = importTrustPolicy(notary.policy, readStatements(call.options.statement));
  const stores = [notary, ...(files?.ok === true ? [files.value] : [])];
  const copies = listCopies(from, config.notation, stores);
  const trust = addRules(config.trust, imported.rules);
  const left = [
    ...imported.left,
    ...listUnusable(stores),
    ...(files?.ok === false ? [{ what: 'trustpolicy.blob.json', why: files.failure.message }] : []),
    ...listOthers(from),
  ];
  writeAll(copies, trust === null ? [] : [{ to: config.trust, bytes: Buffer.from(trust) }]);
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

function readStatements(texts: readonly string[]): readonly StatementKind[] {
  const known = texts.map((text) => STATEMENT_KINDS.find((kind) => kind === text));
  const at = known.indexOf(undefined);
  if (at >= 0)
    throw new Failure(
      'USAGE',
      `unknown kind of statement: ${texts[at]}`,
      `Use ${STATEMENT_KINDS.join(', ')}.`,
    );
  const kinds = known.filter((kind) => kind !== undefined);
  return kinds.length === 0 ? ['image'] : kinds;
}

const POLICIES = ['trustpolicy.oci.json', 'trustpolicy.json', 'trustpolicy.blob.json'] as const;

/** The policies that notation reads, and the readable stores that they name. */
function listCopies(from: string, to: string, stores: readonly NotaryTrust[]): readonly FileCopy[] {
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
  return [...policies, ...certificates].map((path) =>
    readCopy(join(from, path), join(to, path), 1024 * 1024),
  );
}

/** A file that is there already and says something else is never replaced. */
function readCopy(from: string, to: string, bytesMax: number): FileCopy {
  const bytes = readSmallFile(from, bytesMax);
  // mutant import-replaces-a-policy: condition -> false
  if (existsSync(to) && !Buffer.from(readSmallFile(to, bytesMax)).equals(bytes)) {
    throw new Failure(
      'USAGE',
      `${to} is there already, and says something else`,
      'Move it away, or name the other folder with --notation.',
    );
  }
  return { to, bytes };
}

/** The text of the trust document with the new rules; null where there are none. */
function addRules(path: string, drafts: readonly RuleDraft[]): string | null {
  if (drafts.length === 0) return null;
  const known = existsSync(path) ? orThrow(parseTrust(orThrow(readDocument(path)))) : null;
  const metadata = { name: known?.name ?? 'default', revision: (known?.revision ?? 0) + 1 };
  const rules = [...(known?.rules ?? []).map(toRuleDocument), ...drafts];
  const text = writeTrust(metadata, rules, known?.revoked ?? []);
  orThrow(parseTrust(text));
  return text;
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

function writeAll(...lists: readonly (readonly FileCopy[])[]): void {
  for (const { to, bytes } of lists.flat()) {
    makeFolders(dirname(to), 0o700);
    writeWhole(to, bytes);
  }
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

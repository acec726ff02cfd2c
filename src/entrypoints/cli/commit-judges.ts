import { buildCommitPolicy, type Policy, parsePolicy } from '../../capabilities/policy/index.ts';
import {
  type CommitSigner,
  type CommitSource,
  type CommitStanding,
  type NamedTag,
  verifyCommit,
} from '../../capabilities/signing/index.ts';
import { formatCount } from '../../core/count.ts';
import { Failure } from '../../core/failure.ts';
import { toInstant } from '../../core/instant.ts';
import { orThrow } from '../../core/result.ts';
import {
  type CommitVerdict,
  type JudgedCommit,
  judgeCommit,
  judgeTag,
  readCommits,
} from '../../gates/source/index.ts';
import { loadCommitIdentities } from '../compose/commit-identities.ts';
import { loadMergeSigners, type MergeSigners } from '../compose/merge-signers.ts';
import type { openGit } from '../compose/trees.ts';
import { type CommitTrust, loadCommitTrust } from '../config/commit-trust.ts';
import type { Config } from '../config/config.ts';
import { type Io, makePrintable, paintErr, sayNote } from './io.ts';

/** Who may sign commits and tags here, by which files and options. */
export interface CommitJudges {
  readonly trust: CommitTrust;
  readonly mergers: MergeSigners;
  readonly policy: Policy;
}

interface SignerCall {
  readonly io: Io;
  readonly options: {
    readonly allowedSigners?: string | undefined;
    readonly keyring: readonly string[];
    readonly commitRoot: readonly string[];
    readonly commitIdentity: readonly string[];
    readonly mergeSigner: readonly string[];
  };
}

type Repository = Extract<Awaited<ReturnType<typeof openGit>>, { readonly ok: true }>['value'];

/** Loads whom the options and the configuration trust, and says on stderr which files they are. */
export async function openCommitJudges(
  call: SignerCall,
  config: Config,
  repository: Repository,
): Promise<CommitJudges> {
  const { allowedSigners, keyring: keyrings, commitRoot: roots, mergeSigner } = call.options;
  const file = allowedSigners ?? null;
  const gitsign = await loadCommitIdentities(config, call.options.commitIdentity);
  const named = { file, keyrings, roots, hasIdentities: gitsign.ok };
  const asked = { ...named, config, repository, cwd: call.io.cwd };
  const known = orThrow(await loadCommitTrust(asked));
  const trust = { ...known, signers: { ...known.signers, gitsign } };
  const mergers = orThrow(await loadMergeSigners(config, mergeSigner, repository.topLevel));
  printTrust(call, trust);
  printMergers(call, mergers);
  return { trust, mergers, policy: orThrow(parsePolicy(buildCommitPolicy(mergers.principals))) };
}

export interface VerifiedCommit {
  readonly id: string;
  readonly commit: JudgedCommit['commit'] | null;
  readonly standing: CommitStanding;
  /** `yes` if a gate for signed commits would accept it (D4). */
  readonly counts: 'yes' | 'no' | 'unknown';
  readonly why: string;
  readonly code: string | null;
}

export interface VerifiedTag {
  readonly named: NamedTag;
  readonly standing: CommitStanding;
  readonly verdict: CommitVerdict;
  readonly counts: CommitVerdict['counts'];
}

export function verifyTag(named: NamedTag, { trust, policy }: CommitJudges): VerifiedTag {
  const standing = verifyCommit(named.tag, trust.signers);
  const verdict = judgeTag(named, standing, { policy, now: toInstant(Date.now()) });
  return { named, standing, verdict, counts: verdict.counts };
}

/** `id` is a full object name. A commit that cannot be read is undetermined. */
export async function judgeOneCommit(
  id: string,
  source: CommitSource,
  { trust, policy }: CommitJudges,
): Promise<VerifiedCommit> {
  const { judged, missing } = await readCommits(source, [id], trust.signers);
  const [read] = judged;
  if (read !== undefined) {
    const { counts, why, code } = judgeCommit(read, policy, toInstant(Date.now()));
    return { id, ...read, counts, why, code };
  }
  const cause = missing ?? new Failure('NOT_FOUND', `no commit ${id}`, 'Name another one.');
  const standing: CommitStanding = { kind: 'undetermined', cause };
  return { id, commit: null, standing, counts: 'unknown', why: cause.message, code: cause.code };
}

/** As people know the signer; a policy names the principal. */
export function nameSigner(signer: CommitSigner): string {
  const address = 'addresses' in signer ? signer.addresses[0] : undefined;
  return address ?? signer.principal ?? '-';
}

function printTrust({ io }: SignerCall, { allowed, keyrings, roots }: CommitTrust): void {
  if (allowed !== null) {
    const { signers, file, from, revokedBy } = allowed;
    const revoked = revokedBy.map((list) => `, without those of ${list}`).join('');
    const lines = formatCount(signers.signers.length, 'line');
    sayNote(io, `${makePrintable(`allowed signers: ${file} (${from}), ${lines}${revoked}`)}\n`);
    for (const { line, why } of signers.skipped.slice(0, 20))
      io.err(`  ${makePrintable(`line ${line} is not used: ${why}`)}\n`);
  }
  for (const { file, from, keys, skipped } of keyrings) {
    const count = formatCount(keys, 'OpenPGP key');
    sayNote(io, `${makePrintable(`keyring: ${file} (${from}), ${count}`)}\n`);
    for (const why of skipped.slice(0, 20)) io.err(`  ${makePrintable(`not used: ${why}`)}\n`);
  }
  for (const { file, from, keys } of roots)
    sayNote(
      io,
      `${makePrintable(`roots: ${file} (${from}), ${formatCount(keys, 'certificate')}`)}\n`,
    );
  const files = [...(allowed === null ? [] : [allowed]), ...keyrings, ...roots];
  for (const { file } of files.filter(({ isWithin, from }) => isWithin && from !== 'option'))
    io.err(
      `${paintErr(io, 'yellow', 'note:')} ${makePrintable(file)} is part of what is verified: ` +
        'anyone who can change it there can sign\n',
    );
}

function printMergers(
  { io, options }: SignerCall,
  { principals, policy, isWithin }: MergeSigners,
): void {
  if (principals.length === 0) return;
  const from = [
    policy === null ? '' : `policy ${policy}`,
    options.mergeSigner.length > 0 ? 'option' : '',
  ];
  const told = from.filter((one) => one !== '').join(', ');
  sayNote(io, `${makePrintable(`merge signers: ${principals.join(', ')} (${told})`)}\n`);
  if (!isWithin) return;
  const note =
    'that policy is part of what is verified: anyone who can change it there can allow a key ' +
    'to merge for others';
  io.err(`${paintErr(io, 'yellow', 'note:')} ${note}\n`);
}

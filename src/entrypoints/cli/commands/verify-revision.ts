import type {
  CommitSource,
  CommitStanding,
  GitPerson,
} from '../../../capabilities/signing/index.ts';
import { Failure } from '../../../core/failure.ts';
import { formatAnswerInstant, shortenInstant } from '../../../core/instant.ts';
import { toOneLine } from '../../../core/one-line.ts';
import { orThrow } from '../../../core/result.ts';
import { openGit } from '../../compose/trees.ts';
import type { Config } from '../../config/config.ts';
import {
  type CommitJudges,
  judgeOneCommit,
  nameSigner,
  openCommitJudges,
  type VerifiedCommit,
  type VerifiedTag,
  verifyTag,
} from '../commit-judges.ts';
import type { VerifyCall } from '../options/signing.ts';
import { type Block, showLine } from '../report/block.ts';
import { type Report, toValue } from '../report/report.ts';
import type { SchemaValue } from '../report/schemas.ts';
import { formatStanding, showStanding, toExitCode } from './standing-output.ts';

/** A commit, or a tag by its name below `refs/tags/`. */
export interface Revision {
  readonly kind: 'commit' | 'tag';
  readonly name: string;
}

type RevisionReport = Extract<SchemaValue<'verify'>, { readonly revision: string }>;
type SignatureLine = RevisionReport['signatures'][number];
type SearchedPlace = RevisionReport['searched'][number];

/**
 * The signatures of a commit or a tag and of what the tag names: who signed it and how, whether it
 * counts by the policy for signed commits, and if not, why.
 */
export async function verifyRevision(
  call: VerifyCall,
  config: Config,
  revision: Revision,
): Promise<Report> {
  const repository = orThrow(await openGit(call.io.cwd, call.io.env));
  try {
    const judges = await openCommitJudges(call, config, repository);
    const shown =
      revision.kind === 'commit'
        ? await reportCommit(revision.name, repository, judges)
        : await reportTag(revision.name, repository, judges);
    return {
      kind: 'result',
      exitCode: toExitCode(shown.standing),
      value: toValue('verify', () => shown),
      blocks: () => showReport(shown),
    };
  } finally {
    repository.close();
  }
}

async function reportCommit(
  name: string,
  source: CommitSource,
  judges: CommitJudges,
): Promise<RevisionReport> {
  const id = orThrow(await source.resolve(name));
  const verified = await judgeOneCommit(id, source, judges);
  const { standing, reason } = toCommitLine(verified);
  return {
    revision: `commit:${name}`,
    id,
    standing,
    reason,
    ...describeFound([toCommitLine(verified)], [], judges),
  };
}

/** The standing of a tag is that of its own signature: that of its commit is another answer. */
async function reportTag(
  name: string,
  source: CommitSource,
  judges: CommitJudges,
): Promise<RevisionReport> {
  const ref = parseTagRef(name);
  const tags = orThrow(await source.listTags(ref)).map((one) => verifyTag(one, judges));
  const [first] = tags;
  const isOfCommit = (tags.at(-1)?.named.tag.target.type ?? 'commit') === 'commit';
  const commit = isOfCommit ? orThrow(await source.resolve(ref)) : null;
  const lines = tags.map(toTagLine);
  if (commit !== null) lines.push(toCommitLine(await judgeOneCommit(commit, source, judges)));
  const lightweight = { of: 'tag' as const, id: ref, found: 0, missing: null };
  // mutant verify-a-tag-without-an-object by cli-verify-revision: value -> lines[0]
  const own = first === undefined ? null : lines[0];
  return {
    revision: `tag:${name}`,
    id: first?.named.tag.id ?? null,
    standing: own?.standing ?? 'does-not-count',
    reason: own === null || own === undefined ? LIGHTWEIGHT : own.reason,
    ...describeFound(lines, first === undefined ? [lightweight] : [], judges),
  };
}

/** A name of git and no expression: `v1^{commit}` and `v1~1` are commits that no tag names. */
function parseTagRef(name: string): string {
  // mutant verify-a-tag-by-expression by cli-verify-revision: condition -> false
  if (name === '' || /[\s~^:?*[\\{\p{Cc}]/u.test(name) || name.includes('..')) {
    const what = `not the name of a tag: ${JSON.stringify(name.slice(0, 100))}`;
    throw new Failure('USAGE', what, 'Write tag:NAME as git tag lists it, or commit:REV.');
  }
  return `refs/tags/${name}`;
}

const LIGHTWEIGHT =
  'it is a lightweight tag: only a name for a commit, which nobody can sign (git tag -s makes one ' +
  'that is signed)';

function describeFound(
  lines: readonly SignatureLine[],
  without: readonly SearchedPlace[],
  judges: CommitJudges,
): Pick<RevisionReport, 'signatures' | 'searched' | 'trustedBy'> {
  return {
    signatures: lines.filter(({ format }) => format !== null),
    searched: [
      ...without,
      ...lines.map(({ of, id, format, by, reason }) => ({
        of,
        id,
        found: format === null ? 0 : 1,
        missing: by === null ? reason : null,
      })),
    ],
    trustedBy: listTrustFiles(judges),
  };
}

/** Whom a signature was compared with; a kind without a file vouches for nobody. */
function listTrustFiles({ trust }: CommitJudges): RevisionReport['trustedBy'] {
  const { allowed, keyrings, roots } = trust;
  const file = (kind: 'keyring' | 'roots') => (one: CommitFile) => ({
    kind,
    file: one.file,
    from: one.from,
    entries: one.keys,
    withinWorkTree: one.isWithin,
  });
  const signers =
    allowed === null
      ? []
      : [
          {
            kind: 'allowed-signers' as const,
            file: allowed.file,
            from: allowed.from,
            entries: allowed.signers.signers.length,
            withinWorkTree: allowed.isWithin,
          },
        ];
  return [...signers, ...keyrings.map(file('keyring')), ...roots.map(file('roots'))];
}

type CommitFile = CommitJudges['trust']['roots'][number];

const STANDINGS = { yes: 'counts', no: 'does-not-count', unknown: 'undetermined' } as const;

function toTagLine({ named: { tag }, standing, verdict }: VerifiedTag): SignatureLine {
  const { counts, why, code } = verdict;
  return {
    of: 'tag',
    id: tag.id,
    name: tag.name,
    by: describePerson(tag.tagger),
    format: tag.signature?.format ?? null,
    ...describeSigner(standing),
    standing: STANDINGS[counts],
    reason: why === '' ? null : why,
    code,
  };
}

function toCommitLine({ id, commit, standing, counts, why, code }: VerifiedCommit): SignatureLine {
  return {
    of: 'commit',
    id,
    name: commit?.subject ?? null,
    by: commit === null ? null : describePerson(commit.committer),
    format: commit?.signature?.format ?? null,
    ...describeSigner(standing),
    standing: STANDINGS[counts],
    reason: why === '' ? null : why,
    code,
  };
}

function describeSigner(standing: CommitStanding): Pick<SignatureLine, 'identity' | 'signer'> {
  const signer = 'signer' in standing ? standing.signer : null;
  const name = signer === null ? '-' : nameSigner(signer);
  return { identity: name === '-' ? null : name, signer };
}

function describePerson({ name, email, at }: GitPerson): NonNullable<SignatureLine['by']> {
  return { name, email, at: at === null ? null : formatAnswerInstant(at) };
}

function showReport(shown: RevisionReport): readonly Block[] {
  return [
    showLine(...formatStanding(toOneLine(shown.revision, 200), shown)),
    ...shown.signatures.flatMap(showSignature),
    ...shown.searched.map(({ of, id, found, missing }) =>
      showLine(`  searched the ${of} ${toOneLine(id, 200)}: ${missing ?? formatFound(found)}`),
    ),
    ...shown.trustedBy.map(({ kind, file, from }) =>
      showLine(`  compared with ${WORDS[kind]} of ${toOneLine(file, 1_000)} (${from})`),
    ),
  ];
}

const WORDS = {
  'allowed-signers': 'the allowed signers',
  keyring: 'the keyring',
  roots: 'the roots',
} as const;

function formatFound(found: number): string {
  return found === 0 ? 'no signature' : 'a signature';
}

function showSignature(line: SignatureLine): readonly Block[] {
  const { of, id, format, identity, signer, by } = line;
  const at =
    by?.at == null ? '' : `, ${of === 'tag' ? 'tagged' : 'committed'} ${shortenInstant(by.at)}`;
  const who = identity === null ? '' : ` by ${toOneLine(identity, 200)}${at}`;
  const key = signer === null ? '' : `, key ${signer.fingerprint}`;
  return showStanding(line, `${format} signature of the ${of}${who} (${id}${key})`);
}

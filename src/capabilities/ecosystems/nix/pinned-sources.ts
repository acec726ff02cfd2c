import { isJsonObject, type JsonObject } from '../../../core/json.ts';
import { LIMITS } from '../../../core/limits.ts';
import { fail, ok, type Result } from '../../../core/result.ts';
import { decodeUtf8, parseJson } from '../../../formats/json/parse.ts';
import type { Skip } from '../component.ts';
import { createSkip } from '../extractor.ts';
import {
  createLineFinder,
  type LockContent,
  type LockedPackage,
  quoteName,
} from '../locked/locked-package.ts';
import { createPlainContent } from '../locked/plain-lock.ts';
import {
  createSourcePackage,
  isCommitHash,
  isContentHash,
  isName,
  readUrl,
  type SourceAddress,
  takeName,
} from './source.ts';

/** nix/sources.json of niv, and npins/sources.json: each source with its commit and hash. */
export function readPinnedSources(file: string, bytes: Uint8Array): Result<LockContent> {
  const remedy = file.endsWith('npins/sources.json')
    ? 'Write it again: npins upgrade.'
    : 'Write it again: niv update.';
  const json = parseJson(bytes, { bytesMax: LIMITS.fileBytesMax });
  if (!json.ok) return json;
  const text = decodeUtf8(bytes);
  if (!text.ok) return text;
  const whole = isJsonObject(json.value) ? json.value : null;
  const isNpins = file.endsWith('npins/sources.json');
  const sources = isNpins ? whole?.['pins'] : whole;
  if (!isJsonObject(sources ?? undefined))
    return fail('MALFORMED', `${file} names no sources`, remedy);
  const findLine = createLineFinder(text.value);
  const packages: LockedPackage[] = [];
  const problems: Skip[] = [];
  for (const [key, entry] of Object.entries(sources as JsonObject)) {
    const line = findLine(`${JSON.stringify(key)}: {`);
    const read = isJsonObject(entry) ? (isNpins ? readNpin(entry) : readNivEntry(entry)) : null;
    if (read !== null) packages.push(createSourcePackage(read, { file, key, line, needs: [] }));
    else if (problems.length < PROBLEMS_MAX) {
      const why = `the source ${quoteName(key)} is not fixed to a state`;
      problems.push(createSkip(file, 'MALFORMED', why, remedy));
    }
  }
  const direct = packages.map(({ key }) => key);
  return ok(createPlainContent({ file, packages, direct, problems, covers: 'beside', remedy }));
}

const PROBLEMS_MAX = 20;

function readNivEntry({ owner, repo, rev, sha256, url }: JsonObject): SourceAddress | null {
  const isHashed = isContentHash(sha256);
  const isCommit = isCommitHash(rev);
  const version = isCommit ? rev : isHashed ? sha256 : null;
  if (version === null) return null;
  const known = { version, isCommit, isHashed };
  const address = readUrl(url ?? repo);
  const isOnGithub = address === null || address.startsWith('https://github.com/');
  if (isOnGithub && isName(owner) && isName(repo)) {
    const page = `https://github.com/${owner}/${repo}`;
    return { ...known, host: 'github', owner, name: repo, url: page };
  }
  if (address === null) return null;
  return { ...known, host: 'other', owner: null, name: takeName(address), url: address };
}

function readNpin(pin: JsonObject): SourceAddress | null {
  const { repository, revision, hash, url } = pin;
  const isHashed = isContentHash(hash);
  const isCommit = isCommitHash(revision);
  const version = isCommit ? revision : isHashed ? hash : null;
  if (version === null) return null;
  const known = { version, isCommit, isHashed };
  const at: JsonObject = isJsonObject(repository) ? repository : {};
  const { type, owner, repo } = at;
  if (type === 'GitHub' && isName(owner) && isName(repo)) {
    const page = `https://github.com/${owner}/${repo}`;
    return { ...known, host: 'github', owner, name: repo, url: page };
  }
  const address = readUrl(at['url'] ?? url);
  if (address === null) return null;
  return { ...known, host: 'other', owner: null, name: takeName(address), url: address };
}

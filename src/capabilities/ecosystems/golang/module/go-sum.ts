import { Failure, toFailure } from '../../../../core/failure.ts';
import { failed, ok, orThrow, type Result } from '../../../../core/result.ts';
import { decodeUtf8 } from '../../../../formats/json/parse.ts';

/** What go.sum knows of one module in one version. */
export interface GoSums {
  /** The hash of its files; null where only its go.mod was read. */
  content: string | null;
  /** The hash of its go.mod. */
  manifest: string | null;
  /** Two hashes of the same thing: Go refuses what does not have the first one. */
  isContradictory: boolean;
  /** From 1; of the hash of its files where there is one. */
  line: number;
}

/** A go.sum or go.work.sum (go.dev/ref/mod#go-sum-files): versions by path. */
export class GoSumFile {
  readonly file: string;
  readonly modules = new Map<string, Map<string, GoSums>>();

  constructor(file: string) {
    this.file = file;
  }

  find(path: string, version: string): GoSums | null {
    return this.modules.get(path)?.get(version) ?? null;
  }
}

const HASH = /^h1:[A-Za-z0-9+/]{43}=$/;
const MANIFEST = '/go.mod';

/** Lines of path, version and hash; hashes of another kind are not used, as Go does. */
export function parseGoSum(file: string, bytes: Uint8Array): Result<GoSumFile> {
  try {
    const found = new GoSumFile(file);
    const lines = orThrow(decodeUtf8(bytes)).split('\n');
    for (const [at, line] of lines.entries()) {
      const fields = line.split(/[ \t\r]+/).filter((field) => field !== '');
      if (fields.length === 0) continue;
      const [path = '', version = '', hash = ''] = fields;
      if (fields.length !== 3) throw malformed(at + 1, 'it does not have three fields');
      if (!hash.startsWith('h1:')) continue;
      if (!HASH.test(hash)) throw malformed(at + 1, 'its hash is not one of h1');
      addSum(found, { path, version, hash, line: at + 1 });
    }
    return ok(found);
  } catch (thrown) {
    return failed(toFailure(thrown));
  }
}

interface SumLine {
  readonly path: string;
  readonly version: string;
  readonly hash: string;
  readonly line: number;
}

function addSum({ modules }: GoSumFile, { path, version, hash, line }: SumLine): void {
  const isManifest = version.endsWith(MANIFEST);
  const plain = isManifest ? version.slice(0, -MANIFEST.length) : version;
  const versions = modules.get(path) ?? new Map<string, GoSums>();
  modules.set(path, versions);
  const sums = versions.get(plain) ?? {
    content: null,
    manifest: null,
    isContradictory: false,
    line,
  };
  versions.set(plain, sums);
  const known = isManifest ? sums.manifest : sums.content;
  // mutant go-sum-with-two-hashes by go-tree: condition -> false
  if (known !== null && known !== hash) sums.isContradictory = true;
  if (isManifest) sums.manifest ??= hash;
  else {
    sums.content ??= hash;
    sums.line = line;
  }
}

function malformed(line: number, why: string): Failure {
  return new Failure('MALFORMED', `line ${line}: ${why}`, 'Run go mod tidy.');
}

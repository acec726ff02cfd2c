import { Failure } from '../../../core/failure.ts';
import type { JsonObject, JsonValue } from '../../../core/json.ts';
import { getOwn } from '../../../core/own.ts';
import {
  buildAffected,
  buildRangeBefore,
  type FeedClaim,
  type FeedFormat,
  isId,
  malformed,
  requireList,
  requireObject,
  requireText,
} from './feed-format.ts';

/**
 * The database of security fixes of a distribution that is built with apk, one document for each
 * repository of a release (secdb.alpinelinux.org; github.com/wolfi-dev/wolfictl): by source
 * package, the versions that fixed something, and what they fixed. The version `0` means that the
 * package never had it. What nobody has fixed yet is not listed.
 */
export const SECDB: FeedFormat = {
  name: 'secdb',
  recognises: (start) =>
    /^\s*\{/.test(start) && start.includes('"apkurl"') && start.includes('"reponame"'),
  reads: 'feed',
  begin: () => {
    let claim: FeedClaim | null = null;
    return {
      read: (_, value) => {
        const document = requireObject(value, 'the document');
        const repository = readRepository(document);
        claim = repository.claim;
        return requireList(getOwn(document, 'packages'), 'packages').flatMap((one) =>
          readPackage(one, repository),
        );
      },
      finish: () => claim,
    };
  },
};

interface Repository {
  readonly ecosystem: string;
  /** What ids begin with: the source, the release and the repository. */
  readonly prefix: string;
  readonly claim: FeedClaim;
}

/** Whose packages are at an address (`urlprefix`). */
const DISTRIBUTIONS: ReadonlyMap<string, string> = new Map([
  ['dl-cdn.alpinelinux.org', 'Alpine'],
  ['packages.wolfi.dev', 'Wolfi'],
  ['packages.cgr.dev', 'Chainguard'],
  ['packages.mini.dev', 'MinimOS'],
]);

/** Alpine has a document for each of these, and a package may be in either. */
const ALPINE_PARTS = ['main', 'community'];

function readRepository(document: JsonObject): Repository {
  const name = requireText(document, 'reponame', 'the document');
  const at = requireText(document, 'urlprefix', 'the document');
  const host = URL.canParse(at) ? new URL(at).hostname : at;
  const distribution = DISTRIBUTIONS.get(host);
  if (distribution === undefined)
    throw new Failure(
      'UNSUPPORTED',
      `it is not known which distribution has its packages at ${JSON.stringify(host.slice(0, 100))}`,
      `Those of ${[...DISTRIBUTIONS.values()].join(', ')} are.`,
    );
  const source = `${distribution.toUpperCase()}SECDB`;
  const repository = name.replaceAll('/', '-');
  if (distribution !== 'Alpine') {
    const claim = { covers: [distribution], part: null, exportedAt: null };
    return { ecosystem: distribution, prefix: `${source}-${repository}`, claim };
  }
  const release = requireText(document, 'distroversion', 'the document');
  if (!/^(?:v[0-9]{1,3}\.[0-9]{1,3}|edge)$/.test(release))
    throw malformed(`its release is ${JSON.stringify(release.slice(0, 40))}`);
  const ecosystem = `Alpine:${release}`;
  const part = { name: repository, of: ALPINE_PARTS };
  const claim = { covers: [ecosystem], part, exportedAt: null };
  return { ecosystem, prefix: `${source}-${release}-${repository}`, claim };
}

/** `{pkg: {name, secfixes: {VERSION: [ID, …]}}}`. Alpine writes null where there is none. */
function readPackage(value: JsonValue, repository: Repository): readonly JsonObject[] {
  const { pkg } = requireObject(value, 'a package');
  const own = requireObject(pkg, 'pkg');
  const name = requireText(own, 'name', 'a package');
  const fixes = getOwn(own, 'secfixes');
  if (fixes === null || fixes === undefined) return [];
  const byId = new Map<string, { readonly related: Set<string>; readonly fixed: Set<string> }>();
  for (const [version, listed] of Object.entries(requireObject(fixes, `secfixes of ${name}`))) {
    if (listed === null) continue;
    for (const text of requireList(listed, `a version of ${name}`)) {
      const [id, ...related] = readIds(text, name);
      if (id === undefined) continue;
      const known = byId.get(id) ?? { related: new Set(), fixed: new Set() };
      known.fixed.add(version);
      for (const other of related) known.related.add(other);
      byId.set(id, known);
    }
  }
  return [...byId].map(([id, { related, fixed }]) => ({
    id: `${repository.prefix}-${name}-${id}`,
    upstream: [id],
    related: [...related],
    affected: [...fixed].map((version) =>
      buildAffected(repository.ecosystem, name, buildRangeBefore(version)),
    ),
  }));
}

/** `CVE-2017-7228 XSA-212`: the first name counts; remarks such as `(regression)` are no names. */
function readIds(text: JsonValue, name: string): readonly string[] {
  if (typeof text !== 'string' || text.length > 1_000) throw malformed(`${name} lists no text`);
  return text
    .split(/\s+/)
    .map((word) => word.replace(/^CVE[_-]/i, 'CVE-'))
    .filter(isId);
}

import { formatPurl, type Purl, type PurlParts } from '../../../core/purl.ts';
import type { DeclaredDependency, Place } from '../dependency.ts';

/** `uses: actions/checkout@v4`, taken apart. */
export interface ActionReference {
  /** The host that the reference itself names (Gitea and Forgejo); null on GitHub. */
  readonly host: string | null;
  readonly owner: string;
  readonly repository: string;
  /** A folder of the repository, or a workflow in it. */
  readonly path: string | null;
  /** A commit, a tag or a branch. */
  readonly ref: string;
}

const FORM =
  /^(?:https?:\/\/([\w.-]+(?::\d+)?)\/)?([A-Za-z0-9][\w.-]*)\/([\w.-]+)((?:\/[^@\s/]+)*)\/?@([^\s@{}^~:?*[\\]+)$/;

/** Null for what is no action of a repository. */
export function parseActionReference(text: string): ActionReference | null {
  if (text.length > 1_000) return null;
  const [, host, owner, repository, path, ref] = FORM.exec(text) ?? [];
  if (owner === undefined || repository === undefined || ref === undefined) return null;
  return {
    host: host ?? null,
    owner,
    repository,
    path: path === undefined || path === '' ? null : path.slice(1),
    ref,
  };
}

/** A commit in full: short ones may mean another commit later, and GitHub refuses them. */
export function isCommitHash(ref: string): boolean {
  // mutant action-pinned-by-tag by github-actions: value -> true
  return /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/i.test(ref);
}

export function buildActionParts({ owner, repository, path, ref }: ActionReference): PurlParts {
  return {
    type: 'githubactions',
    namespace: owner,
    name: repository,
    version: ref,
    qualifiers: {},
    subpath: path,
  };
}

function buildActionPurl(action: ActionReference): Purl {
  return formatPurl(buildActionParts(action));
}

export function formatActionName({ owner, repository, path }: ActionReference): string {
  return `${owner}/${repository}${path === null ? '' : `/${path}`}`;
}

/** `server` is where references without a host come from; null where a setting decides that. */
export function declareAction(
  action: ActionReference,
  written: string,
  place: Place,
  server: string | null,
): DeclaredDependency {
  const host = action.host ?? server;
  const fixed = isCommitHash(action.ref);
  return {
    ecosystem: 'githubactions',
    name: formatActionName(action),
    version: action.ref,
    requested: written,
    purl: buildActionPurl(action),
    pinned: fixed ? 'yes' : 'no',
    why: fixed ? 'named by its commit' : `the tag or branch ${action.ref} may move`,
    registry: host === null ? null : `${host}/${action.owner}`,
    registryFrom: host === null ? 'default' : 'written',
    recorded: fixed,
    place,
    kind: 'direct',
    development: false,
  };
}

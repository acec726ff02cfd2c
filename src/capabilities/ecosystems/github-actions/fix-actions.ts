import type { TextEdit } from '../../../formats/text/edits.ts';
import type { Fix, FixPlanner, FixQuestion, Remedy, Step } from '../fix.ts';
import { createPinPlanner, type LocatedDependency } from '../manifest.ts';
import { type ActionReference, isCommitHash, parseActionReference } from './action-reference.ts';
import { actionsFormat, readActions } from './actions-format.ts';

/**
 * Pins actions to the commits that other workflows of the tree name for the same tag, takes the
 * nearest safe version, and says how to find a commit that nothing here names. Images get digests.
 */
export const actionFixes: FixPlanner = {
  listFiles: () => [],
  plan: (question) => {
    const actions = new ActionPlan(question);
    for (const [file, { bytes, text }] of question.files)
      if (actionsFormat.wants(file)) actions.read(file, bytes, text);
    return mergeFixes(planImages(question), actions.plan());
  },
};

function planImages(question: FixQuestion): Fix {
  return createPinPlanner({
    ...actionsFormat,
    read: (file, bytes) => {
      const reading = readActions(file, bytes);
      if (!reading.ok) return reading;
      const { dependencies, notLookedAt } = reading.value;
      const images = dependencies.filter(({ ecosystem }) => ecosystem === 'oci');
      return { ok: true, value: { dependencies: images, notLookedAt } };
    },
  }).plan(question);
}

interface Use {
  readonly file: string;
  /** With its byte order mark. */
  readonly text: string;
  readonly dependency: LocatedDependency;
  readonly action: ActionReference;
}

class ActionPlan {
  readonly #question: FixQuestion;
  readonly #uses: Use[] = [];
  /** Commits by the tag that a comment beside them gives: `owner/repository@v4`. */
  readonly #commits = new Map<string, ReadonlySet<string>>();

  constructor(question: FixQuestion) {
    this.#question = question;
  }

  read(file: string, bytes: Uint8Array, text: string): void {
    const reading = readActions(file, bytes);
    if (!reading.ok) return;
    for (const dependency of reading.value.dependencies) {
      const action = parseActionReference(dependency.requested ?? '');
      if (dependency.ecosystem !== 'githubactions' || action === null) continue;
      const use = { file, text, dependency, action };
      this.#uses.push(use);
      const tag = isCommitHash(action.ref) ? readComment(use) : null;
      if (tag === null) continue;
      const key = formatKey(action, tag);
      this.#commits.set(key, new Set([...(this.#commits.get(key) ?? []), action.ref]));
    }
  }

  plan(): Fix {
    const edits = new Map<string, TextEdit[]>();
    const steps: Step[] = [];
    const open: Step[] = [];
    const fixed = new Set<string>();
    for (const use of this.#uses) {
      const { dependency, file } = use;
      if (!this.#question.isAsked(dependency)) continue;
      const remedy = this.#question.findRemedy(dependency);
      if (remedy === null && dependency.pinned === 'yes') continue;
      const place = `${file}:${dependency.place.line}`;
      const change = remedy === null ? this.#pin(use) : upgrade(use, remedy);
      if (change.kind === 'open') open.push({ place, what: change.why });
      else {
        edits.set(file, [...(edits.get(file) ?? []), ...change.edits]);
        steps.push({ place, what: change.what });
        if (remedy !== null && dependency.purl !== null) fixed.add(dependency.purl);
        if (change.stays !== null) open.push({ place, what: change.stays });
      }
    }
    return { edits, steps, open, commands: [], fixed };
  }

  #pin(use: Use): Change {
    const { dependency, action } = use;
    const [commit, ...others] = this.#commits.get(formatKey(action, action.ref)) ?? [];
    const { why, name } = dependency;
    if (commit === undefined || others.length > 0)
      return { kind: 'open', why: `${name}: ${why}; ${explainCommit(action)}` };
    const edits = replaceRef(use, commit, action.ref);
    if (edits === null) return { kind: 'open', why: `${name}: ${why}; it is written in parts` };
    const what = `${name}@${action.ref} -> ${commit}, as another line of this tree has it`;
    return { kind: 'change', edits, what, stays: null };
  }
}

type Change =
  | { readonly kind: 'open'; readonly why: string }
  | {
      readonly kind: 'change';
      readonly edits: readonly TextEdit[];
      readonly what: string;
      /** What is still wrong after it. */
      readonly stays: string | null;
    };

/** A tag of the nearest safe version, in the form of the tag that is there. */
function upgrade(use: Use, { findings, safe }: Remedy): Change {
  const { action, dependency } = use;
  const named = findings.join(', ');
  if (safe === null)
    return { kind: 'open', why: `${dependency.name}: ${named}: no known version is free of it` };
  const prefix = /^v\d/i.test(action.ref) ? action.ref.charAt(0) : '';
  const tag = `${prefix}${safe.replace(/^v/i, '')}`;
  const next = { ...action, ref: tag };
  if (!/^v?\d+(?:\.\d+)*/i.test(action.ref))
    return {
      kind: 'open',
      why: `${dependency.name}: ${named}: take ${safe} or newer; ${explainCommit(next)}`,
    };
  const edits = replaceRef(use, tag, null);
  if (edits === null)
    return { kind: 'open', why: `${dependency.name}: ${named}: take ${safe} or newer` };
  const what = `${dependency.name} ${action.ref} -> ${tag} (${named})`;
  const stays = `${dependency.name}: the tag ${tag} may move; ${explainCommit(next)}`;
  return { kind: 'change', edits, what, stays };
}

function explainCommit({ host, owner, repository, ref }: ActionReference): string {
  const address = `https://${host ?? 'github.com'}/${owner}/${repository}`;
  return (
    `its commit is not known here: git ls-remote ${address} '${ref.replaceAll("'", '')}*' shows ` +
    `it, then write @COMMIT # ${ref}`
  );
}

/** Null where the reference is not written as one text. */
function replaceRef(use: Use, ref: string, comment: string | null): readonly TextEdit[] | null {
  const { dependency, action, text } = use;
  if (dependency.span === null) return null;
  const start = dependency.span.start + (text.startsWith('\ufeff') ? 1 : 0);
  const end = start + dependency.span.text.length;
  const edit = { start: end - action.ref.length, end, text: ref };
  const [quote = '', blank] = /^(["']?)[ \t]{0,20}(\r?\n|$)/.exec(text.slice(end, end + 30)) ?? [];
  if (comment === null || blank === undefined) return [edit];
  const at = end + quote.slice(0, /^["']/.test(quote) ? 1 : 0).length;
  return [edit, { start: at, end: at, text: ` # ${comment}` }];
}

/** The tag in a comment behind a commit, as tools that update workflows write it. */
function readComment({ text, dependency }: Use): string | null {
  if (dependency.span === null) return null;
  const end = dependency.span.start + dependency.span.text.length;
  const rest = text.replace(/^\ufeff/, '').slice(end, end + 200);
  return /^["']?[ \t]+#[ \t]*(?:tag=|pin@)?(v?\d[\w.-]*)/.exec(rest)?.[1] ?? null;
}

function formatKey({ owner, repository }: ActionReference, tag: string): string {
  return `${owner}/${repository}@${tag}`.toLowerCase();
}

function mergeFixes(one: Fix, other: Fix): Fix {
  const edits = new Map([...one.edits].map(([file, list]) => [file, [...list]]));
  for (const [file, list] of other.edits) edits.set(file, [...(edits.get(file) ?? []), ...list]);
  return {
    edits,
    steps: [...one.steps, ...other.steps],
    open: [...one.open, ...other.open],
    commands: [],
    fixed: other.fixed,
  };
}

import type { Instant } from '../../../core/instant.ts';
import { LIMITS } from '../../../core/limits.ts';
import { GATES, type Gate } from '../../../core/verdict.ts';
import type { PackageSelector } from '../selector.ts';
import type { PlaceFilter, Subject } from '../subject.ts';

export interface Page {
  /** At most LIMITS.pageRowsMax. */
  readonly rowsMax: number;
  /** `next` of the previous answer; null for the first page. */
  readonly after: string | null;
}

/**
 * What a question can be about or restricted to, with the type of each value. The set is closed.
 */
export interface ParameterValues {
  readonly component: PackageSelector;
  /** A CVE or another id of a vulnerability. */
  readonly vulnerability: string;
  /** An image by digest, or the name of a release or an image. */
  readonly subject: Subject;
  readonly place: PlaceFilter;
  readonly gate: Gate;
  /** The bytes of a policy document. */
  readonly policy: Uint8Array;
  /** Releases or events from this moment on. */
  readonly since: Instant;
  /** A span from the moment of the question on, in milliseconds. */
  readonly within: number;
  readonly owner: string;
  /** The name under which builds name who made them. */
  readonly builder: string;
  /** The thumbprint of a key or certificate, as signers are shown with it. */
  readonly key: string;
  /** The hash of a commit, or its beginning. */
  readonly commit: string;
  /** An author or committer, as commits name them. */
  readonly person: string;
  /** Only what a document with a verified signature of this identity says. */
  readonly signer: string;
  /** The state of the world at that moment, as known now. */
  readonly asOf: Instant;
  /** What the log said at that moment. */
  readonly knownAt: Instant;
  readonly page: Page;
}

export type ParameterType = keyof ParameterValues;

/** A text that is read from a command line or from a query. */
export interface Field {
  /** The name in a query, `asOf`; on a command line it is `--as-of`. */
  readonly name: string;
  /** The placeholder of its value in a help text. */
  readonly word: string;
  readonly meaning: string;
  readonly choices?: readonly string[];
  readonly fallback?: string;
}

/** One parameter of a question. */
export interface Parameter {
  readonly type: ParameterType;
  /** Whether the command line takes it as an argument or as an option. */
  readonly form: 'argument' | 'option';
  readonly required: boolean;
  /** Replaces the description of its type. */
  readonly meaning?: string;
}

/** The parameters by their names in the question. */
export type Parameters = Readonly<Record<string, Parameter>>;

type Form<T extends ParameterType, Required extends boolean> = Parameter & {
  readonly type: T;
  readonly required: Required;
};

/** A parameter that the question requires. */
export function requireParameter<T extends ParameterType>(
  type: T,
  form: Parameter['form'] = 'argument',
): Form<T, true> {
  return { type, form, required: true };
}

export function allowParameter<T extends ParameterType>(
  type: T,
  more: { readonly form?: Parameter['form']; readonly meaning?: string } = {},
): Form<T, false> {
  return { type, form: 'option', required: false, ...more };
}

/**
 * How a question about releases is restricted. A question takes the filters that make sense for it;
 * the others are refused.
 */
export const NARROWING = {
  since: allowParameter('since'),
  owner: allowParameter('owner'),
  signedBy: allowParameter('signer'),
  asOf: allowParameter('asOf'),
  knownAt: allowParameter('knownAt'),
} as const;

const COMPONENT = 'a purl, name, name@version or name@range';
const SUBJECT =
  'a digest, an image reference, or a release such as trips or trips@1.4; a tag is resolved ' +
  'by its registry';

/** The fields of each type. A type with one field uses the name of the parameter. */
const FIELDS: Readonly<Record<ParameterType, readonly Field[]>> = {
  component: [{ name: '', word: 'component', meaning: COMPONENT }],
  vulnerability: [{ name: '', word: 'id', meaning: 'a CVE or another id of it' }],
  subject: [{ name: '', word: 'subject', meaning: SUBJECT }],
  place: [
    { name: 'cluster', word: 'name', meaning: 'only in this cluster' },
    { name: 'region', word: 'name', meaning: 'only in clusters of this region' },
    { name: 'namespace', word: 'name', meaning: 'only in this namespace' },
  ],
  gate: [
    {
      name: '',
      word: 'gate',
      meaning: 'the gate at which it is tried',
      choices: GATES,
      fallback: 'admission',
    },
  ],
  policy: [{ name: '', word: 'file', meaning: 'the policy to try, as if it enforced' }],
  since: [
    {
      name: '',
      word: 'age',
      meaning: 'only releases since, such as 90d or 2026-01-31T00:00:00Z',
    },
  ],
  within: [{ name: '', word: 'days', meaning: 'how far ahead, such as 90d', fallback: '30d' }],
  owner: [{ name: '', word: 'team', meaning: 'only releases of this owner' }],
  builder: [{ name: '', word: 'id', meaning: 'what this builder made' }],
  key: [{ name: '', word: 'thumbprint', meaning: 'what was signed with this key' }],
  commit: [{ name: '', word: 'hash', meaning: 'what was made from this commit' }],
  person: [{ name: '', word: 'name', meaning: 'what was made from commits of this person' }],
  signer: [{ name: '', word: 'identity', meaning: 'only what this signer states' }],
  asOf: [{ name: '', word: 'time', meaning: 'the world at that moment, as known now' }],
  knownAt: [{ name: '', word: 'time', meaning: 'what was known at that moment' }],
  page: [
    { name: 'limit', word: 'rows', meaning: 'rows of the page', fallback: '100' },
    { name: 'after', word: 'cursor', meaning: 'the page that follows' },
  ],
};

/** The texts that a parameter is read from. */
export function listFields(name: string, { type, meaning }: Parameter): readonly Field[] {
  const fields = FIELDS[type];
  if (fields.length > 1) return fields;
  return fields.map((field) => ({ ...field, name, meaning: meaning ?? field.meaning }));
}

/**
 * How a question is restricted. `asOf` asks about the world at that moment as known now; `knownAt`
 * about what the log said then; both combine (foundation 3). Without `asOf` a deployment counts
 * until its end is known.
 */
export interface QuestionOptions {
  readonly asOf: Instant | null;
  readonly knownAt: Instant | null;
  /** Only what a document with a verified signature of this identity says. */
  readonly signedBy: string | null;
  readonly owner: string | null;
  /** Releases from this moment on. */
  readonly since: Instant | null;
  readonly page: Page;
}

/** The restrictions of a question; without a page, the largest page. */
export function readOptions(question: OptionalOptions): QuestionOptions {
  return {
    asOf: question.asOf ?? null,
    knownAt: question.knownAt ?? null,
    signedBy: question.signedBy ?? null,
    owner: question.owner ?? null,
    since: question.since ?? null,
    page: question.page ?? { rowsMax: LIMITS.pageRowsMax, after: null },
  };
}

export type OptionalOptions = { readonly [K in keyof QuestionOptions]?: QuestionOptions[K] | null };

/** One thing to tell about a step: a rule that does not hold, or why nothing could be decided. */
export interface Remark {
  readonly level: 'error' | 'warning';
  readonly title: string;
  readonly message: string;
  readonly fix: string | null;
  /** A file of the work tree and its line, where the message begins with one. */
  readonly place: { readonly file: string; readonly line: number | null } | null;
}

/** What a step ended with. */
export interface Outcome {
  /** `allow`, `deny`, `undetermined`; `passed` and `failed` for tests; `error` without an answer. */
  readonly decision: string;
  /** The image by its digest; empty where there is none. */
  readonly resolved: string;
  readonly remarks: readonly Remark[];
  /** How many rules hold. */
  readonly holds: number;
}

type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const listObjects = (value: unknown): readonly Json[] =>
  Array.isArray(value) ? value.filter(isObject) : [];
const readText = (value: unknown): string => (typeof value === 'string' ? value : '');

/**
 * Reads the JSON of a command (docs/reference/schemas). Whatever is not understood is an error, and
 * never an allowed outcome: the exit code alone decides whether a step succeeds.
 */
export function readOutcome(printed: string): Outcome {
  let json: unknown;
  try {
    json = JSON.parse(printed);
  } catch {
    json = null;
  }
  if (!isObject(json)) return fail('Waybill printed no answer', null);
  if (isObject(json['error']))
    return fail(readText(json['error']['message']), readText(json['error']['remedy']));
  const suites = listObjects(json['suites']);
  if (suites.length > 0) return readSuites(suites);
  const verdicts = listObjects(json['verdicts']);
  const all = isObject(json['verdict']) ? [json['verdict']] : verdicts;
  if (all.length === 0) return readVerified(json);
  return joinVerdicts(all);
}

function fail(message: string, fix: string | null): Outcome {
  const remark: Remark = { level: 'error', title: 'no decision', message, fix, place: null };
  return { decision: 'error', resolved: '', remarks: [remark], holds: 0 };
}

const WORST = ['deny', 'undetermined', 'allow'];

function joinVerdicts(verdicts: readonly Json[]): Outcome {
  const decisions = verdicts.map((one) => readText(one['decision']));
  const known = WORST.find((one) => decisions.includes(one));
  const results = verdicts.flatMap((one) => listObjects(one['results']));
  const causes = verdicts.flatMap((one) => (isObject(one['cause']) ? [one['cause']] : []));
  return {
    decision: decisions.every((one) => WORST.includes(one)) ? (known ?? 'error') : 'error',
    resolved: verdicts.map((one) => readText(one['resolved'])).find((one) => one !== '') ?? '',
    remarks: [
      ...causes.map((cause): Remark => describeCause(cause)),
      ...results.filter((one) => one['outcome'] !== 'holds').map(describeResult),
    ],
    holds: results.filter((one) => one['outcome'] === 'holds').length,
  };
}

function describeCause(cause: Json): Remark {
  const message = readText(cause['message']);
  return {
    ...{ level: 'error', title: readText(cause['code']), message },
    ...{ fix: readText(cause['remedy']) || null, place: null },
  };
}

function describeResult(result: Json): Remark {
  const rule = readText(result['rule']);
  const outcome = readText(result['outcome']);
  const message = readText(result['message']);
  return {
    level: result['action'] === 'deny' ? 'error' : 'warning',
    title: `${rule} is ${outcome}`,
    message,
    fix: readText(result['fix']) || null,
    place: findPlace(message),
  };
}

/** `package.json:12`, where a message of a source gate names a place of the tree. */
function findPlace(message: string): Remark['place'] {
  const found = /(?:^|[\s(])([\w.@/-]{1,200}\.[A-Za-z]{1,12}):(\d{1,7})\b/.exec(message);
  const [, file = '', line = ''] = found ?? [];
  if (found === null || file.startsWith('/') || file.split('/').includes('..')) return null;
  return { file, line: Number(line) };
}

function readSuites(suites: readonly Json[]): Outcome {
  const tests = suites.flatMap((suite) => listObjects(suite['tests']));
  const failed = tests.filter((test) => test['passed'] !== true);
  return {
    decision: failed.length === 0 && tests.length > 0 ? 'passed' : 'failed',
    resolved: '',
    remarks: failed.map((test) => ({
      level: 'error',
      title: `policy test failed: ${readText(test['name'])}`,
      message: `expected ${readText(test['expected'])}, decided ${readText(test['decision'])}`,
      ...{ fix: null, place: null },
    })),
    holds: tests.length - failed.length,
  };
}

const STANDINGS = new Map([
  ['counts', 'allow'],
  ['does-not-count', 'deny'],
  ['undetermined', 'undetermined'],
]);

/** `verify` says whether the image is signed by somebody who is trusted for it. */
function readVerified(json: Json): Outcome {
  const decision = STANDINGS.get(readText(json['standing'])) ?? 'error';
  const reason = readText(json['reason']);
  const [image, digest] = [readText(json['image']), readText(json['digest'])];
  const remark: Remark = {
    ...{ level: 'error', title: `the image ${decision === 'deny' ? 'does not count' : 'is open'}` },
    ...{ message: reason, fix: null, place: null },
  };
  return {
    decision,
    resolved: digest === '' ? image : `${image.split('@')[0]}@${digest}`,
    remarks: decision === 'allow' ? [] : [remark],
    holds: decision === 'allow' ? 1 : 0,
  };
}

const CHARACTERS_MAX = 60_000;

/** A report in Markdown, in which no text from outside is markup. */
export function formatMarkdown(title: string, outcome: Outcome): string {
  const { decision, resolved, remarks, holds } = outcome;
  const lines = [
    `## ${escapeText(title)}: ${escapeText(decision)}`,
    '',
    ...(resolved === '' ? [] : [`${escapeText(resolved)}`, '']),
    `${holds} hold, ${remarks.length} do not.`,
    '',
    ...(remarks.length === 0 ? [] : ['| rule | what is wrong | fix |', '|---|---|---|']),
  ];
  let text = `${lines.join('\n')}\n`;
  for (const [at, { title: rule, message, fix }] of remarks.entries()) {
    const row = `| ${escapeText(rule)} | ${escapeText(message)} | ${escapeText(fix ?? '')} |\n`;
    if (text.length + row.length > CHARACTERS_MAX)
      return `${text}\n… and ${remarks.length - at} more.\n`;
    text += row;
  }
  return text;
}

/** One line, in which Markdown and HTML find nothing of their own. */
function escapeText(text: string): string {
  return text
    .toWellFormed()
    .replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, ' ')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll(/[\\`*_{}[\]()#|!~>@:]/g, (mark) => `&#${mark.codePointAt(0)};`);
}

import { isJsonObject, type JsonObject, type JsonValue } from '../../core/json.ts';
import { LIMITS } from '../../core/limits.ts';
import { formatPurl, type Purl, parsePurl } from '../../core/purl.ts';
import { fail, ok, type Result } from '../../core/result.ts';
import { isSeverity, pickWorseSeverity, type Severity } from '../../core/severity.ts';
import { parseJson } from '../../formats/json/parse.ts';
import { toPurl } from './reported-finding.ts';
import type { Finding } from './scan.ts';
import { readScanDocument } from './scan-document.ts';

/** What a scan of before says of a component; null where it names no target. */
interface KnownFinding {
  readonly target: string | null;
  readonly names: readonly string[];
  readonly component: Purl | null;
  readonly severity: Severity;
}

/** The findings of a scan of before: those that it has are known, and only others are new. */
export class Baseline {
  readonly #known = new Map<string, Severity>();
  readonly #targets = new Set<string | null>();

  constructor(findings: readonly KnownFinding[], targets: readonly (string | null)[]) {
    for (const target of targets) this.#targets.add(target);
    for (const { target, names, component, severity } of findings) {
      if (component === null) continue;
      for (const name of names) {
        const key = formatKey(target, name, component);
        const before = this.#known.get(key);
        this.#known.set(key, before === undefined ? severity : pickWorseSeverity(before, severity));
      }
    }
  }

  /**
   * Whether the scan of before has the finding, in this or another version of the component, and
   * not as less severe than it is now. A scan of one target alone stands for any target.
   */
  knows(target: string, { id, aliases, component, severity }: Finding): boolean {
    const [only = null] = this.#targets;
    const place = this.#targets.has(target) || this.#targets.size !== 1 ? target : only;
    return [id, ...aliases].some((name) => {
      const before = this.#known.get(formatKey(place, name, component));
      if (before === undefined) return false;
      // mutant baseline-hides-what-became-worse by baseline: condition -> false
      if (before !== severity && pickWorseSeverity(before, severity) !== before) return false;
      // mutant baseline-of-known-severity-hides-unknown by baseline: value -> true
      return severity !== 'unknown' || before === 'unknown';
    });
  }
}

/**
 * The result of `waybill scan --format json`, or any scan that `waybill graph import` reads. What
 * was dismissed there is not known here: it may count now.
 */
export function parseBaseline(bytes: Uint8Array): Result<Baseline> {
  const json = parseJson(bytes, { bytesMax: LIMITS.documentBytesMax });
  if (!json.ok) return json;
  const { value } = json;
  if (isJsonObject(value) && Array.isArray(value['targets'])) return readOwn(value['targets']);
  const scan = readScanDocument(encode(dropSuppressed(value)));
  if (!scan.ok) return scan;
  const findings = scan.value.findings.map(({ id, aliases, component, severity }) => {
    return { target: null, names: [id, ...aliases], component, severity };
  });
  return ok(new Baseline(findings, [null]));
}

function readOwn(targets: readonly JsonValue[]): Result<Baseline> {
  const findings: KnownFinding[] = [];
  const names: string[] = [];
  for (const one of targets) {
    const { target, report } = isJsonObject(one) ? one : {};
    const listed = isJsonObject(report) ? report['findings'] : undefined;
    if (typeof target !== 'string' || !Array.isArray(listed)) return refuse();
    names.push(target);
    for (const finding of listed as readonly JsonValue[]) {
      const known = isJsonObject(finding) ? readFinding(target, finding) : null;
      if (known === null) return refuse();
      if (known !== 'dismissed') findings.push(known);
    }
  }
  return ok(new Baseline(findings, names));
}

function readFinding(target: string, finding: JsonObject): KnownFinding | 'dismissed' | null {
  const { id, aliases, component, severity, status } = finding;
  // mutant baseline-of-dismissed-findings by baseline: remove
  if (status === 'not_affected') return 'dismissed';
  const purl = toPurl(component);
  if (typeof id !== 'string' || purl === null || typeof severity !== 'string') return null;
  const others = Array.isArray(aliases) ? aliases.filter((name) => typeof name === 'string') : [];
  const level = isSeverity(severity) ? severity : 'unknown';
  return { target, names: [id, ...others], component: purl, severity: level };
}

/** The results of SARIF that nobody suppressed; other documents stay as they are. */
function dropSuppressed(value: JsonValue): JsonValue {
  if (!isJsonObject(value) || !Array.isArray(value['runs'])) return value;
  const runs = value['runs'].map((run: JsonValue) => {
    if (!isJsonObject(run) || !Array.isArray(run['results'])) return run;
    return { ...run, results: run['results'].filter((result: JsonValue) => !isSuppressed(result)) };
  });
  return { ...value, runs };
}

function isSuppressed(result: JsonValue): boolean {
  const listed = isJsonObject(result) ? result['suppressions'] : undefined;
  return Array.isArray(listed) && listed.length > 0;
}

function encode(value: JsonValue): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}

/** Of every version of the component: an upgrade that does not fix it makes nothing new. */
function formatKey(target: string | null, name: string, component: Purl): string {
  const parts = parsePurl(component);
  const bare = parts.ok ? formatPurl({ ...parts.value, version: null, qualifiers: {} }) : component;
  return JSON.stringify([target, name.toUpperCase(), bare]);
}

function refuse(): Result<never> {
  return fail(
    'MALFORMED',
    'the baseline is no result of waybill scan',
    'Make it with: waybill scan TARGET --format json -o baseline.json',
  );
}

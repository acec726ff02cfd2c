import {
  EVERY_LICENSE,
  judgeLicence,
  type LicenceVerdict,
  namesRefusedLicence,
} from '../licenses.ts';
import { explainRefusal } from '../refused-licenses.ts';
import { unknownError } from './errors.ts';
import type { Run } from './run.ts';
import { List, type Value } from './value.ts';

export const NO_LICENSES = new List([]);

const STATE_LICENCE =
  'State it in the package as an SPDX expression, or set parameters.unknownLicense to accept.';

/**
 * All declared expressions apply together, so one refused expression refuses; an unreadable one
 * leaves the answer unknown.
 */
export function testLicenses(licenses: List, allowed: List, refused: List, run: Run): Value {
  const open = allowed.rest ?? refused.rest;
  if (open !== null) return open;
  if (refused.items.length === 0 && allowed.items.includes(EVERY_LICENSE)) return true;
  let unknown = licenses.rest;
  if (licenses.items.length === 0) return unknown ?? unknownError('the licence');
  for (const expression of licenses.items as readonly string[]) {
    const verdict = judgeOnce(expression, allowed, refused, run);
    if (verdict === 'refused') return false;
    if (verdict === 'unknown')
      unknown ??= unknownError(
        `the licence ${JSON.stringify(expression.slice(0, 80))}`,
        STATE_LICENCE,
      );
  }
  return unknown ?? true;
}

/**
 * Whether one of the expressions, as far as it is understood, cannot be met without a refused
 * licence. A list that lacks elements may lack that one.
 */
export function testRefused(licenses: List, refused: List, run: Run): Value {
  const names = refused.items as readonly string[];
  for (const expression of licenses.items as readonly string[]) {
    const judge = (): LicenceVerdict =>
      namesRefusedLicence(expression, names) ? 'refused' : 'unknown';
    if (askOnce({ expression, allowed: NO_LICENSES, refused, run, judge }) === 'refused')
      return true;
  }
  // mutant licences-that-were-cut by default-licences: value -> false
  return licenses.rest ?? refused.rest ?? false;
}

/** Why licences are not accepted, for a message. */
export function explainLicenses(licenses: List, refused: List, run: Run): Value {
  const open = licenses.rest ?? refused.rest;
  if (open !== null && !run.lenient) return open;
  run.step(licenses.items.length * (100 + refused.items.length));
  const text = explainRefusal(
    licenses.items as readonly string[],
    refused.items as readonly string[],
  );
  run.grow(2 * text.length);
  return text;
}

function judgeOnce(expression: string, allowed: List, refused: List, run: Run): LicenceVerdict {
  const [names, others] = [allowed.items, refused.items] as readonly (readonly string[])[];
  const judge = (): LicenceVerdict => judgeLicence(expression, names ?? [], others ?? []);
  return askOnce({ expression, allowed, refused, run, judge });
}

interface LicenceQuestion {
  readonly expression: string;
  readonly allowed: List;
  readonly refused: List;
  readonly run: Run;
  readonly judge: () => LicenceVerdict;
}

/**
 * Thousands of components share a few licences, so each licence is judged once for each decision.
 */
function askOnce({ expression, allowed, refused, run, judge }: LicenceQuestion): LicenceVerdict {
  run.step();
  const { licences } = run.meter;
  const key = `${nameList(allowed, run)} ${nameList(refused, run)} ${expression}`;
  const known = licences.get(key);
  if (known !== undefined) return known;
  run.step(100 + expression.length + allowed.items.length + refused.items.length);
  const verdict = judge();
  licences.set(key, verdict);
  return verdict;
}

/** Equal lists have one name, so that a list that a rule writes out is judged once too. */
function nameList({ items }: List, run: Run): number {
  const { byContent, seen } = run.meter.licenceLists;
  const known = seen.get(items);
  if (known !== undefined) return known;
  run.step(items.length);
  const content = JSON.stringify(items);
  const name = byContent.get(content) ?? byContent.size;
  byContent.set(content, name);
  seen.set(items, name);
  return name;
}

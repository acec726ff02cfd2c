/**
 * What Poetry writes for a version, as specifiers of PEP 440 with `||` between alternatives; null
 * where it is no constraint (python-poetry.org, "Dependency specification").
 *
 * @example toSpecifiers('^1.2 || ~3.4.5') // '>=1.2,<2||>=3.4.5,<3.5'
 */
export function toSpecifiers(constraint: string): string | null {
  if (constraint.length > 4_096) return null;
  const alternatives = constraint.split(/\|\|?/).map((one) => toClauses(one.trim()));
  return alternatives.includes(null) ? null : alternatives.join('||');
}

function toClauses(text: string): string | null {
  if (text === '*' || text === '') return '';
  const joined = text.replace(/(~=|[<>=!]=?|[~^])\s+/g, '$1');
  const clauses = joined
    .split(/[\s,]+/)
    .filter((clause) => clause !== '')
    .map(toClause);
  return clauses.includes(null) ? null : clauses.filter((clause) => clause !== '').join(',');
}

function toClause(clause: string): string | null {
  if (clause === '*') return '';
  const [, operator = '', version = ''] =
    /^(\^|~=|~|={2,3}|!=|<=|>=|<|>|=)?v?(\d[\w.+!*-]*)$/i.exec(clause) ?? [];
  if (version === '') return null;
  if (operator === '^') return `>=${version},<${raiseCaret(version)}`;
  if (operator === '~') return `>=${version},<${raiseTilde(version)}`;
  if (operator === '' || operator === '=') return `==${version}`;
  return `${operator}${version}`;
}

/** Up to the next change of the first number that is not zero. */
function raiseCaret(version: string): string {
  const numbers = readNumbers(version);
  const first = numbers.findIndex((number) => number !== 0);
  return raise(numbers, first === -1 ? numbers.length - 1 : first);
}

/** Up to the next minor version, or the next major one where only that is named. */
function raiseTilde(version: string): string {
  const numbers = readNumbers(version);
  return raise(numbers, Math.min(1, numbers.length - 1));
}

function raise(numbers: readonly number[], at: number): string {
  const kept = numbers.slice(0, at + 1);
  return kept.map((number, place) => (place === at ? number + 1 : number)).join('.');
}

function readNumbers(version: string): readonly number[] {
  const release = /^\d+(?:\.\d+)*/.exec(version)?.[0] ?? '0';
  return release.split('.').map(Number);
}

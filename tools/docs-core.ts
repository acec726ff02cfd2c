import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { FAILURES } from '../src/core/failure.ts';
import { LIMITS } from '../src/core/limits.ts';
import { root } from './process.ts';

/** docs/reference/errors.md, from FAILURES. */
export function errorsPage(): string {
  const rows = Object.entries(FAILURES).map(
    ([code, { exit, meaning }]) => `| \`${code}\` | ${exit} | ${meaning} |`,
  );
  return `# Errors

**What you need**: the code of an error, in brackets at its end or as \`code\` in its JSON.

**What you will have**: its meaning and its exit code.

Every failure has one of these codes. It says what went wrong and how to fix it. The exit code is
that of the command line: 0 allowed or clean, 1 denied or findings, 2 usage, configuration or a
failure of the system, 3 evidence could not be obtained or read or something could not be judged,
4 nothing in the input is supported. This page is made from \`src/core/failure.ts\` by
\`node tools/docs.ts --write\`.

| code | exit | meaning |
|---|---|---|
${rows.join('\n')}
`;
}

/** docs/reference/limits.md, from LIMITS and the comment above each. */
export function limitsPage(): string {
  const comments = limitComments(readFileSync(resolve(root, 'src/core/limits.ts'), 'utf8'));
  const rows = Object.entries(LIMITS).map(
    ([name, value]) => `| \`${name}\` | ${shown(name, value)} | ${comments.get(name) ?? ''} |`,
  );
  return `# Limits

**What you need**: the name of a limit, as an error says it.

**What you will have**: its value, and what it bounds.

All input from outside has a limit. Input over a limit is refused with \`LIMIT_EXCEEDED\`,
\`BUDGET_EXCEEDED\` or \`DEADLINE_EXCEEDED\`, or makes the answer partial. It never makes the answer
shorter without saying so. This page is made from \`src/core/limits.ts\` by
\`node tools/docs.ts --write\`.

| limit | value | of what |
|---|---|---|
${rows.join('\n')}
`;
}

/** The comment above each member, by its name, on one line. */
export function limitComments(source: string): Map<string, string> {
  const found = source.matchAll(/\/\*\*((?:(?!\*\/)[\s\S])+?)\*\/\n {2}(\w+):/g);
  return new Map([...found].map(([, comment, name]) => [name ?? '', joinLines(comment ?? '')]));
}

function joinLines(comment: string): string {
  return comment.replaceAll(/\n\s*\* ?/g, ' ').trim();
}

function shown(name: string, value: number): string {
  if (name.endsWith('BytesMax')) return bytes(value);
  const grouped = value.toLocaleString('en-US');
  return name.endsWith('Ms') ? `${grouped} ms` : grouped;
}

function bytes(value: number): string {
  const unit = (['GiB', 'MiB', 'KiB'] as const).find((_, step) => value % 1024 ** (3 - step) === 0);
  const power = unit === undefined ? 0 : { GiB: 3, MiB: 2, KiB: 1 }[unit];
  return `${(value / 1024 ** power).toLocaleString('en-US')} ${unit ?? 'bytes'}`;
}

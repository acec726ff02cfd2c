import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { root } from './process.ts';

/** docs/adr/README.md: the records by their number, with their titles. */
export function recordsPage(): string {
  const rows = globSync('docs/adr/[0-9]*.md', { cwd: root })
    .sort()
    .map((path) => {
      const [, number, title] =
        /^# (\d+)\. (.+)$/m.exec(readFileSync(join(root, path), 'utf8')) ?? [];
      return `| ${number} | [${title}](${basename(path)}) |`;
    });
  return `# Records of decisions

**What you need**: a question of the kind "why is it so?".

**What you will have**: what was decided, why, what it costs, and the test that proves it.

A number that is missing was given up. This page is made from the records by \`node tools/docs.ts --write\`.

| number | decision |
|---|---|
${rows.join('\n')}
`;
}

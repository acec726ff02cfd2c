import { describeOrigin, type ProjectedPolicy, writeShell } from './shell-policy.ts';

/** githooks(5), pre-push: the refs are on standard input, the remote is the first argument. */
export function projectGitHook(projected: ProjectedPolicy): string {
  const lines = [
    '#!/bin/sh',
    ...describeOrigin(projected, 'git-hook'),
    // The document is read from a heredoc, so what git says has to be kept first.
    'refs=$(cat)',
    ...writeShell(projected, 'commit --push --remote="$1"'),
  ];
  const last = lines.length - 1;
  return `${lines.with(last, `printf '%s\\n' "$refs" | ${lines[last]}`).join('\n')}\n`;
}

import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { GROUPS } from './catalogue.ts';
import { buildCompletionScript } from './completion.ts';
import { SHELLS } from './definitions.ts';
import { COMMANDS } from './every-command.ts';

/** What bash offers for the last word. */
function offered(...words: readonly string[]): readonly string[] {
  const script = `${buildCompletionScript('bash', COMMANDS, GROUPS)}
    COMP_WORDS=(waybill "$@"); COMP_CWORD=$#; _waybill; printf '%s\\n' "\${COMPREPLY[@]}"`;
  return execFileSync('bash', ['-c', script, 'bash', ...words], { encoding: 'utf8' })
    .split('\n')
    .filter(Boolean);
}

describe('completion', () => {
  it.each(SHELLS)('for %s contains every command and every option', (shell) => {
    const script = buildCompletionScript(shell, COMMANDS, GROUPS);
    for (const { path, options } of COMMANDS) {
      expect(script).toContain(path.at(-1));
      for (const { flags } of options) expect(script).toContain(/--([a-z-]+)/.exec(flags)?.[1]);
    }
  });

  it.skipIf(process.platform === 'win32')(
    'for bash offers commands, subcommands, options and values',
    () => {
      expect(offered('')).toEqual(
        expect.arrayContaining([
          ...new Set(COMMANDS.map(({ path }) => path[0])),
          '--help',
          '--version',
        ]),
      );
      expect(offered('rel')).toEqual(['release']);
      expect(offered('graph', '')).toEqual(
        COMMANDS.filter(({ path }) => path[0] === 'graph').map(({ path }) => path[1]),
      );
      expect(offered('ask', 'releases', '--comp')).toEqual(['--component']);
      expect(offered('scan', '.', '--fail-on', 'c')).toEqual(['critical']);
      expect(offered('scan', '--format', '')).toEqual([
        ...['table', 'json', 'tree', 'sarif', 'github', 'gitlab', 'junit', 'markdown', 'csv'],
      ]);
    },
  );

  it.skipIf(process.platform === 'win32')('for bash leaves file names to bash', () => {
    expect(offered('scan', '-o', '')).toEqual([]);
    expect(offered('scan', 'some/pa')).toEqual([]);
  });

  it('for fish and PowerShell is not broken by an apostrophe in a summary', () => {
    const [first] = COMMANDS;
    if (first === undefined) throw new Error('there is no command');
    const apostrophe = [{ ...first, summary: "what's in it" }];
    expect(buildCompletionScript('fish', apostrophe, {})).toContain("'what\\'s in it'");
  });
});

import { createHash } from 'node:crypto';

export const HOOK_NAMES = ['pre-commit', 'pre-push'] as const;
export type HookName = (typeof HOOK_NAMES)[number];

/** What runs the gate: the very program that installed the hook, by its own path. */
export interface HookProgram {
  /** The Node.js binary, or Waybill itself where it is one file. */
  readonly node: string;
  /** The script that it runs; null where it is one file. */
  readonly entry: string | null;
  readonly version: string;
}

/** What an existing hook is kept as, beside ours. */
export const KEPT_SUFFIX = '.before-waybill';
const MARK = '# waybill-hook 1 sha256:';

/** Text for sh that stands for exactly `text`, whatever it holds. */
function quoteForShell(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/**
 * The hook for sh, which git brings along on Windows too. It runs the hook that was there first,
 * with the same arguments and input, and ends as that one ends; it refuses when the program that it
 * was installed for is gone.
 */
export function formatHookScript(name: HookName, program: HookProgram): string {
  const body = [...formatHead(name, program), ...(name === 'pre-push' ? PUSH : COMMIT), ''].join(
    '\n',
  );
  return `#!/bin/sh\n${MARK}${computeChecksum(body)}\n${body}`;
}

function formatHead(name: HookName, { node, entry, version }: HookProgram): readonly string[] {
  const toSlashes = (path: string): string =>
    quoteForShell(/^[A-Za-z]:\\/.test(path) ? path.replaceAll('\\', '/') : path);
  return [
    `# ${name}: the commit gate of Waybill ${version}. Taken away again by: waybill hook uninstall`,
    `node=${toSlashes(node)}`,
    `entry=${entry === null ? "''" : toSlashes(entry)}`,
    `before="$0${KEPT_SUFFIX}"`,
    'waybill() {',
    '  if [ ! -x "$node" ] || { [ -n "$entry" ] && [ ! -f "$entry" ]; }; then',
    `    printf '%s\\n' "waybill: refused: what installed this hook is gone: $node $entry" \\`,
    `      "  fix: run 'waybill hook install' again, or 'waybill hook uninstall'" >&2`,
    // mutant hook-without-gate-refuses by hooks: text exit 1 -> exit 0
    '    exit 1',
    '  fi',
    '  if [ -n "$entry" ]; then "$node" "$entry" "$@"; else "$node" "$@"; fi',
    '}',
  ];
}

const COMMIT = [
  'if [ -x "$before" ]; then "$before" "$@" || exit $?; fi',
  'waybill gate commit --staged',
  'exit $?',
];

/** What git says on standard input is wanted by both: kept to the last byte. */
const PUSH = [
  'lines=$(cat; printf x) || exit 1',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is sh that fills it in
  'lines=${lines%x}',
  // mutant hook-heeds-earlier-hook by hooks: text || exit $? ->
  `if [ -x "$before" ]; then printf '%s' "$lines" | "$before" "$@" || exit $?; fi`,
  `printf '%s' "$lines" | waybill gate commit --push --remote="$1"`,
  'exit $?',
];

/** `ours` as we wrote it, `changed` by somebody since, `foreign` another's. */
export function detectOwnership(content: string): 'ours' | 'changed' | 'foreign' {
  const found = /^#!\/bin\/sh\n# waybill-hook 1 sha256:([0-9a-f]{64})\n(.+)$/s.exec(content);
  if (found === null) return content.includes(MARK) ? 'changed' : 'foreign';
  return found[1] === computeChecksum(found[2] ?? '') ? 'ours' : 'changed';
}

function computeChecksum(body: string): string {
  return createHash('sha256').update(body).digest('hex');
}

import { createHash } from 'node:crypto';

/** The hooks of a person's repository, and those of a repository that others push to. */
export const HOOK_NAMES = {
  person: ['pre-commit', 'pre-push'],
  server: ['pre-receive'],
} as const;
export type HookSide = keyof typeof HOOK_NAMES;
export type HookName = (typeof HOOK_NAMES)[HookSide][number];

/** The program that runs the gate: the same program that installed the hook, by its own path. */
export interface HookProgram {
  /** The Node.js binary, or Waybill itself if it is one file. */
  readonly node: string;
  /** The script that Node.js runs. Null if Waybill is one file. */
  readonly entry: string | null;
  readonly version: string;
  /** The configuration of each call, by its absolute path; null: that of the user who runs git. */
  readonly config?: string | null;
}

/** The suffix of an existing hook that is kept beside ours. */
export const KEPT_SUFFIX = '.before-waybill';
const MARK = '# waybill-hook 1 sha256:';

/** Quotes text for sh, whatever characters it has. */
function quoteForShell(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/**
 * The hook for sh, which git brings along on Windows too. It first runs the hook that was there
 * before, with the same arguments and input, and fails if that hook fails. It refuses if the
 * program that installed it is gone.
 */
export function formatHookScript(name: HookName, program: HookProgram): string {
  const body = [...formatHead(name, program), ...LINES[name], ''].join('\n');
  return `#!/bin/sh\n${MARK}${computeChecksum(body)}\n${body}`;
}

function formatHead(
  name: HookName,
  { node, entry, version, config }: HookProgram,
): readonly string[] {
  const toSlashes = (path: string): string =>
    quoteForShell(/^[A-Za-z]:\\/.test(path) ? path.replaceAll('\\', '/') : path);
  return [
    `# ${name}: the commit gate of Waybill ${version}. Remove it with: waybill hook uninstall`,
    `node=${toSlashes(node)}`,
    `entry=${entry === null ? "''" : toSlashes(entry)}`,
    ...(config === undefined || config === null
      ? []
      : [`WAYBILL_CONFIG=${toSlashes(config)}`, 'export WAYBILL_CONFIG']),
    `before="$0${KEPT_SUFFIX}"`,
    'waybill() {',
    '  if [ ! -x "$node" ] || { [ -n "$entry" ] && [ ! -f "$entry" ]; }; then',
    `    printf '%s\\n' "waybill: refused: the program of this hook is gone: $node $entry" \\`,
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

/** Both hooks read what git writes to standard input, so it is kept to the last byte. */
const PUSH = [
  'lines=$(cat; printf x) || exit 1',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: it is sh that fills it in
  'lines=${lines%x}',
  // mutant hook-heeds-earlier-hook by hooks: text || exit $? ->
  `if [ -x "$before" ]; then printf '%s' "$lines" | "$before" "$@" || exit $?; fi`,
  `printf '%s' "$lines" | waybill gate commit --push --remote="$1"`,
  'exit $?',
];

/** git gives the refs on standard input, and takes back every one of them if this fails. */
const RECEIVE = [
  ...PUSH.slice(0, 3),
  `printf '%s' "$lines" | waybill gate commit --receive`,
  'exit $?',
];

const LINES: Readonly<Record<HookName, readonly string[]>> = {
  'pre-commit': COMMIT,
  'pre-push': PUSH,
  'pre-receive': RECEIVE,
};

/** `ours`: as Waybill wrote it. `changed`: changed since. `foreign`: written by someone else. */
export function detectOwnership(content: string): 'ours' | 'changed' | 'foreign' {
  const found = /^#!\/bin\/sh\n# waybill-hook 1 sha256:([0-9a-f]{64})\n(.+)$/s.exec(content);
  if (found === null) return content.includes(MARK) ? 'changed' : 'foreign';
  return found[1] === computeChecksum(found[2] ?? '') ? 'ours' : 'changed';
}

function computeChecksum(body: string): string {
  return createHash('sha256').update(body).digest('hex');
}

import { RunText } from './downloads.ts';
import {
  createUnknown as createOpen,
  type Installation,
  type InstalledPackage,
} from './installation.ts';
import { readOtherInstalls } from './other-installers.ts';
import { type ShellWord, splitCommands } from './shell-words.ts';

const APT = new Set(['apt-get', 'apt', 'aptitude']);
/** Options of apt-get that take the next word as their value (apt-get(8)). */
const WITH_VALUE = new Set([
  '-t',
  '-o',
  '-c',
  '-a',
  '--target-release',
  '--default-release',
  '--option',
  '--config-file',
  '--host-architecture',
]);
/** Words before a command that run it unchanged. */
const PREFIXES = new Set([
  'sudo',
  'exec',
  'command',
  'time',
  'nice',
  'env',
  'then',
  'do',
  'else',
  'if',
  '!',
  'eatmydata',
  'while',
  'until',
  'elif',
]);
const SHELLS = new Set(['sh', 'bash', 'dash', 'ash', 'zsh', 'ksh', 'su', 'runuser']);
/** Programs that only print or read their words; every other program may run them as a command. */
const SPEAKERS = new Set([
  'echo',
  'printf',
  'rm',
  'ls',
  'cat',
  'grep',
  'which',
  'type',
  'touch',
  'mkdir',
  'cp',
  'mv',
  'ln',
  'test',
  '[',
]);
const INSTALLS = /^(?:(?:re)?install|satisfy|build-dep|(?:dist-|full-|safe-)?upgrade)$/;
/** Programs that run their words as a command, and installers that they may run. */
const RUNNERS = /^(?:timeout|nohup|retry|chroot|gosu|su-exec|setpriv|unshare|\$\w+|\$\{\w+\})$/;
const INSTALLER =
  /^(?:\/[\w/.-]*\/)?(?:apk|dnf|microdnf|yum|zypper|pip3?|npm|gem|go|cargo|curl|wget)$/;
const NESTED_MAX = 4;

/** What the commands of a shell text install, as far as the text shows it. */
export function findInstalls(
  text: string,
  depth = 0,
  run = new RunText(text),
): readonly Installation[] {
  return splitCommands(text).flatMap((command) => findInstallsInWords(command, run, depth));
}

/**
 * The same for the words of one command, as the exec form of RUN has them. `run` is the whole
 * instruction, whose other commands may compare checksums.
 */
export function findInstallsInWords(
  command: readonly ShellWord[],
  run: RunText,
  depth = 0,
): readonly Installation[] {
  const inner =
    depth >= NESTED_MAX
      ? []
      : command
          .filter(({ open }) => open)
          .flatMap((word) => findInstallsInSubstitutions(word, depth, run, isScript(command)));
  return [...inner, ...findInstallsByProgram(command, run, depth)];
}

/** What runs within `$(…)` and backquotes of a word. */
function findInstallsInSubstitutions(
  { text, at }: ShellWord,
  depth: number,
  run: RunText,
  isRun: boolean,
): readonly Installation[] {
  return [...takeSubstitutions(text)]
    .flatMap((script) => findInstalls(script, depth + 1, run.nest(script, isRun)))
    .map((found) => ({ ...found, at }));
}

/** Whether a command runs what its words say: `sh -c "$(…)"`, `eval "$(…)"`, `source …`. */
function isScript(command: readonly ShellWord[]): boolean {
  const name = dropPrefixes(command)[0]?.text ?? '';
  return SHELLS.has(name.slice(name.lastIndexOf('/') + 1)) || /^(?:eval|source|\.)$/.test(name);
}

/** From `$(` to the last `)`, and from a backquote to the next; `$((` is arithmetic. */
function* takeSubstitutions(text: string): Iterable<string> {
  const last = text.lastIndexOf(')');
  const opening = /\$\((?!\()|`/g;
  for (let found = opening.exec(text); found !== null; found = opening.exec(text)) {
    const from = opening.lastIndex;
    const end = found[0] === '`' ? text.indexOf('`', from) : last;
    if (end < from) continue;
    yield text.slice(from, end);
    opening.lastIndex = end + 1;
  }
}

function findInstallsByProgram(
  command: readonly ShellWord[],
  run: RunText,
  depth: number,
): readonly Installation[] {
  const words = dropPrefixes(command);
  const [program, ...rest] = words;
  if (program === undefined) return [];
  const name = program.text.slice(program.text.lastIndexOf('/') + 1);
  if (SHELLS.has(name) || name === 'eval')
    return findInstallsInScript(name, program, rest, { depth, run });
  if (name === 'xargs') {
    const inner = rest.findIndex(({ text }) => APT.has(text.slice(text.lastIndexOf('/') + 1)));
    if (inner !== -1 && rest.slice(inner).some(({ text }) => text === 'install'))
      return [
        createUnknown(rest[inner] ?? program, 'the packages', 'another command supplies them'),
      ];
    if (inner === -1 && runsInstaller(rest))
      return [createOpen(program, 'generic', 'the packages', 'another command supplies them')];
    return inner === -1
      ? findInstallsInWords(
          rest.filter(({ text }) => !text.startsWith('-')),
          run,
          depth + 1,
        )
      : [];
  }
  if (APT.has(name)) return parseAptInstalls(program, rest);
  const others = readOtherInstalls(program, rest, run);
  return others.length === 0 ? findInstallsInArguments({ name, program, rest, run }) : others;
}

/** A command that another one runs: `timeout 60 apt-get install …`, `$SUDO apt-get install …`. */
function findInstallsInArguments({
  name,
  program,
  rest,
  run,
}: {
  readonly name: string;
  readonly program: ShellWord;
  readonly rest: readonly ShellWord[];
  readonly run: RunText;
}): readonly Installation[] {
  if (SPEAKERS.has(name)) return [];
  const at = rest.findIndex(({ text }) => APT.has(text.slice(text.lastIndexOf('/') + 1)));
  if (at !== -1) return parseAptInstalls(rest[at] as ShellWord, rest.slice(at + 1));
  if (RUNNERS.test(name)) {
    const inner = rest.findIndex(({ text }) => INSTALLER.test(text));
    const others =
      inner === -1 ? [] : readOtherInstalls(rest[inner] as ShellWord, rest.slice(inner + 1), run);
    if (others.length > 0) return others;
  }
  const verb = rest.find(({ text }) => !text.startsWith('-'));
  if (!program.open || verb === undefined || !INSTALLS.test(verb.text)) return [];
  return [createUnknown(program, 'the packages', 'a variable decides what installs them')];
}

/** Whether `xargs` gives its lines to an installer, or to a program that downloads. */
function runsInstaller(rest: readonly ShellWord[]): boolean {
  const at = rest.findIndex(({ text }) => INSTALLER.test(text));
  if (at === -1) return false;
  const isDownload = /(?:curl|wget)$/.test(rest[at]?.text ?? '');
  return isDownload || rest.slice(at).some(({ text }) => INSTALLS.test(text) || text === 'add');
}

function dropPrefixes(command: readonly ShellWord[]): readonly ShellWord[] {
  let at = 0;
  let prefixed = false;
  for (; at < command.length; at++) {
    const { text } = command[at] ?? { text: '' };
    if (PREFIXES.has(text)) prefixed = true;
    else if (!/^[A-Za-z_]\w*=/.test(text) && !(prefixed && text.startsWith('-'))) break;
  }
  return command.slice(at);
}

function findInstallsInScript(
  name: string,
  program: ShellWord,
  rest: readonly ShellWord[],
  { depth, run }: { readonly depth: number; readonly run: RunText },
): readonly Installation[] {
  const at = name === 'eval' ? 0 : rest.findIndex(({ text }) => /^-\w*c$/.test(text)) + 1;
  const script = name !== 'eval' && at === 0 ? undefined : rest[at];
  if (script === undefined) return [];
  if (depth >= NESTED_MAX)
    return [createUnknown(program, 'the packages', 'commands are nested too deep to be read')];
  return findInstalls(script.text, depth + 1, run.nest(script.text, false)).map((found) => ({
    ...found,
    at: script.at,
  }));
}

function parseAptInstalls(
  program: ShellWord,
  words: readonly ShellWord[],
): readonly Installation[] {
  const free: ShellWord[] = [];
  for (let at = 0; at < words.length; at++) {
    const word = words[at] as ShellWord;
    if (WITH_VALUE.has(word.text)) at++;
    else if (word.text === '--') free.push(...words.slice(at + 1).splice(0, words.length));
    else if (!word.text.startsWith('-')) free.push(word);
    if (word.text === '--') break;
  }
  const [verb, ...packages] = free;
  if (verb === undefined) return [];
  if (verb.open) return [createUnknown(verb, 'the packages', 'a variable decides what apt does')];
  if (/^(?:dist-|full-|safe-)?upgrade$/.test(verb.text))
    return [
      {
        ...createUnknown(verb, 'every package', ''),
        pinned: 'no',
        why: 'an upgrade takes the newest versions',
      },
    ];
  if (verb.text === 'build-dep')
    return packages.map((word) => ({
      ...createUnknown(word, word.text, ''),
      pinned: 'no',
      why: 'build-dep takes the newest versions',
    }));
  if (!/^(?:re)?install$|^satisfy$/.test(verb.text)) return [];
  if (packages.length === 0)
    return [createUnknown(program, 'the packages', 'no package is named here')];
  return packages.flatMap(parsePackage);
}

const NAME = /^[a-z0-9][a-z0-9+.-]*$/;
const VERSION = /^[A-Za-z0-9.+:~-]+$/;

function parsePackage(word: ShellWord): readonly Installation[] {
  const [, written = '', version] = /^([^=]*)(?:=(.*))?$/s.exec(word.text) ?? [];
  const released =
    /^[^./]/.test(written) && !written.endsWith('.deb')
      ? written.replace(/\/[\w.-]+$/, '')
      : written;
  const name = released.replace(/:[a-z0-9-]+$/, '');
  const { at } = word;
  if (!NAME.test(name)) {
    if (/\.deb$/.test(written) && !word.open)
      return [createUnknown(word, written, 'it is an archive of unrecorded content')];
    return [
      createUnknown(
        word,
        word.text,
        word.open ? 'a variable decides which package it is' : 'it is not a package name',
      ),
    ];
  }
  if (version === undefined && name.endsWith('-') && !word.open) return []; // A removal.
  if (version === undefined) {
    if (word.open)
      return [createUnknown(word, word.text, 'a variable decides which package it is')];
    const why = released === written ? 'no version is named' : 'a release is named, but no version';
    return [{ kind: 'package', ecosystem: 'deb', name, version: null, pinned: 'no', why, at }];
  }
  if (word.open && /[*?[]/.test(version) && !/[$`]/.test(version))
    return [
      {
        kind: 'package',
        ecosystem: 'deb',
        name,
        version: null,
        pinned: 'no',
        why: `${version} is a pattern, not a version`,
        at,
      },
    ];
  if (word.open) return [createUnknown(word, name, 'a variable decides the version')];
  if (!VERSION.test(version)) return [createUnknown(word, name, 'its version is malformed')];
  return [
    {
      kind: 'package',
      ecosystem: 'deb',
      name,
      version,
      pinned: 'yes',
      why: 'the version is named',
      at,
    },
  ];
}

function createUnknown(word: ShellWord, name: string, why: string): InstalledPackage {
  return createOpen(word, 'deb', name, why);
}

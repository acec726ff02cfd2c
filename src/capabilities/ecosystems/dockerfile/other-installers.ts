import { cutBefore } from '../../../formats/text/cut.ts';
import { type RunText, readDownloads } from './downloads.ts';
import { createLoose, createPinned, createUnknown, type Installation } from './installation.ts';
import { type Arguments, BY_VARIABLE, type Installer, listWords } from './installer.ts';
import { MORE_INSTALLERS } from './more-installers.ts';
import type { ShellWord } from './shell-words.ts';

const INSTALLERS: readonly Installer[] = [
  {
    programs: /^apk$/,
    valued: listWords('-t --virtual -X --repository -p --root --keys-dir --arch --cache-dir'),
    read: readApk,
  },
  {
    programs: /^(?:(?:micro)?dnf\d*|yum|tdnf|zypper)$/,
    valued: listWords('-c --config -x --exclude --installroot --releasever --repo -r --from -t'),
    read: readRpm,
  },
  {
    programs: /^(?:pip[0-9.]*|pipx|uvx)$/,
    valued: listWords(
      '-r --requirement -c --constraint -i --index-url --extra-index-url -f --find-links -t ' +
        '--index --default-index --from --with --spec --target --prefix --root --platform --python-version --cache-dir --trusted-host --cert ' +
        '--python -e --editable --no-binary --only-binary --progress-bar --timeout --proxy',
    ),
    read: readPip,
  },
  {
    programs: /^(?:npm|pnpm|yarn|bun|npx|pnpx|bunx)$/,
    valued: listWords('--prefix -C --cwd --registry --cache --userconfig --loglevel --filter'),
    read: readNpm,
  },
  {
    programs: /^gem$/,
    valued: listWords('-v --version -s --source -i --install-dir -n --bindir'),
    read: readGem,
  },
  { programs: /^go$/, valued: listWords('-ldflags -tags -mod -o -C -p -gcflags'), read: readGo },
  {
    programs: /^cargo$/,
    valued: listWords(
      '--version --vers --git --rev --tag --branch --path --root --registry --index --features ' +
        '-F --target --bin --profile -j --jobs --target-dir',
    ),
    read: readCargo,
  },
  {
    programs: /^(?:winget|choco|conda|mamba|micromamba|brew|snap|pacman|opkg|xbps-install|emerge)$/,
    valued: listWords('-n -c --name --channel --version'),
    read: ({ program, verb, flags }) =>
      /^(?:install|add|create|update|upgrade)$/.test(verb) || flags.has('-S') || flags.has('-Syu')
        ? [{ kind: 'other', what: takeProgram(program), at: program.at }]
        : [],
  },
  ...MORE_INSTALLERS,
];

/**
 * What a program other than apt installs or downloads, as far as its words say it. `run` is the
 * whole instruction: a later command may compare a checksum.
 */
export function readOtherInstalls(
  program: ShellWord,
  words: readonly ShellWord[],
  run: RunText,
): readonly Installation[] {
  const name = takeProgram(program);
  if (/^python[0-9.]*$/.test(name)) return readPythonModule(words, run);
  if (name === 'uv') return readUv(words, run);
  if (name === 'corepack') return readCorepack(words);
  if (name === 'dpkg')
    return words.some((word) => /^(?:-i|--install)$/.test(word.text))
      ? [{ kind: 'other', what: 'deb archives', at: program.at }]
      : [];
  if (/^(?:curl|wget|git|aria2c)$/.test(name)) return readDownloads(name, program, words, run);
  const installer = INSTALLERS.find(({ programs }) => programs.test(name));
  return installer === undefined ? [] : installer.read(sortWords(program, words, installer.valued));
}

function takeProgram({ text }: ShellWord): string {
  return text.slice(text.lastIndexOf('/') + 1);
}

function sortWords(
  program: ShellWord,
  words: readonly ShellWord[],
  valued: ReadonlySet<string>,
): Arguments {
  const free: ShellWord[] = [];
  const options = new Map<string, ShellWord>();
  const flags = new Set<string>();
  const repeated = new Set<string>();
  for (let at = 0; at < words.length; at++) {
    const word = words[at] as ShellWord;
    if (!word.text.startsWith('-')) {
      free.push(word);
      continue;
    }
    const equals = word.text.indexOf('=');
    const key = equals === -1 ? word.text : word.text.slice(0, equals);
    if (flags.has(key)) repeated.add(key);
    flags.add(key);
    const next = words[at + 1];
    if (equals !== -1) options.set(key, { ...word, text: word.text.slice(equals + 1) });
    else if (valued.has(key) && next !== undefined) {
      options.set(key, next);
      at++;
    }
  }
  const [verb, ...names] = free;
  return { program, verb: verb?.text ?? '', names, options, flags, repeated };
}

function readApk({ verb, names }: Arguments): readonly Installation[] {
  if (verb === 'upgrade') return [];
  if (verb !== 'add') return [];
  return names.flatMap((word): readonly Installation[] => {
    // A name may be followed by a repository (`@edge`), and begins with `!` for a conflict.
    const [, name = '', , mark = '', version = ''] =
      /^([A-Za-z0-9][\w.+-]*)(@[\w-]+)?(?:(=|~=|=~|~|[<>]=?)(.*))?$/s.exec(word.text) ?? [];
    if (word.text.startsWith('!')) return [];
    if (name === '')
      return [createUnknown(word, 'apk', word.text, word.open ? BY_VARIABLE : 'it is no name')];
    if (word.open) return [createUnknown(word, 'apk', name, 'a variable decides the version')];
    if (mark === '=' && version !== '') return [createPinned(word, 'apk', name, version)];
    const why = mark === '' ? 'no version is named' : `${mark}${version} is a range, not a version`;
    return [createLoose(word, 'apk', name, why)];
  });
}

function readRpm({ program, verb, names }: Arguments): readonly Installation[] {
  if (/^(?:update|upgrade|up|distro-sync|dist-upgrade|dup|patch)$/.test(verb))
    return [createLoose(program, 'rpm', 'every package', 'an upgrade takes the newest versions')];
  if (!/^(?:(?:re|local|group)?install|in|builddep)$/.test(verb)) return [];
  return names.map((word): Installation => {
    const { text } = word;
    if (/[$`]/.test(text)) return createUnknown(word, 'rpm', text, BY_VARIABLE);
    if (/^\w+:\/\//.test(text)) return createDownload(word);
    if (text.endsWith('.rpm'))
      return createUnknown(word, 'rpm', text, 'it is an archive of unrecorded content');
    // name-version-release, with an epoch and an architecture; zypper writes name=version-release.
    const [, name, version] = /^([\w.+-]+?)[-=]((?:\d+:)?\d[^-\s*]*-\d[^-\s*]*)$/.exec(text) ?? [];
    if (name !== undefined && version !== undefined)
      return createPinned(word, 'rpm', name, dropArchitecture(version));
    const part = /^([\w.+-]+?)[-=](\d[^-\s]*)$/.exec(text);
    const why = part === null ? 'no version is named' : `${part[2]} does not name a release`;
    return createLoose(word, 'rpm', part?.[1] ?? text, why);
  });
}

function dropArchitecture(version: string): string {
  return version.replace(/\.(?:x86_64|aarch64|noarch|i686|s390x|ppc64le)$/, '');
}

function createDownload(word: ShellWord): Installation {
  const why = 'nothing fixes the content of the address';
  return { ...createLoose(word, 'generic', word.text, why), address: word.text };
}

function readPythonModule(words: readonly ShellWord[], run: RunText): readonly Installation[] {
  const at = words.findIndex((word) => word.text === '-m');
  const module = words[at + 1];
  return at !== -1 && module?.text === 'pip'
    ? readOtherInstalls(module, words.slice(at + 2), run)
    : [];
}

/** `uv pip install`, `uv tool install`, `uv tool run`, `uv add`; `uv sync` follows the lock. */
function readUv(words: readonly ShellWord[], run: RunText): readonly Installation[] {
  const at = words.findIndex((word) => !word.text.startsWith('-'));
  const verb = words[at];
  if (verb === undefined) return [];
  if (verb.text === 'pip' || verb.text === 'tool')
    return readOtherInstalls({ ...verb, text: 'pip' }, words.slice(at + 1), run);
  if (verb.text !== 'add') return [];
  return readOtherInstalls(
    { ...verb, text: 'pip' },
    [{ ...verb, text: 'install' }, ...words.slice(at + 1)],
    run,
  );
}

function readPip(given: Arguments): readonly Installation[] {
  const { program, verb, names, options, flags } = given;
  const tool = takeProgram(program);
  if (tool === 'uvx' || verb === 'run') return readToolRun(given, tool === 'uvx');
  if (!/^(?:install|download|wheel)$/.test(verb)) return [];
  const index = options.get('-i') ?? options.get('--index-url') ?? options.get('--default-index');
  // Options may be cut short, as `--extra`; pip takes the best version of all indexes.
  // mutant second-index-of-pip by dockerfile-registries: value -> false
  const isMixed = [...flags].some((flag) => /^(?:--ex|--fi|-f|--index$)/.test(flag));
  return names.flatMap((word): readonly Installation[] => {
    const requirement = cutBefore(word.text, ';').trim();
    // A part of this tree, or a list that is read by itself.
    if (/^(?:\.{0,2}\/|\.\.?(?:\[|$))/.test(requirement) && !word.open) return [];
    if (/^(?:git\+|hg\+)?\w+:\/\//.test(requirement)) return [readPipAddress(word, requirement)];
    const name = /^[A-Za-z0-9][\w.-]*/.exec(requirement)?.[0] ?? '';
    const spec = dropExtras(requirement.slice(name.length));
    const only = index === undefined || index.open ? {} : { address: index.text };
    const where = isMixed ? { isMixed } : only;
    const add = (found: Installation): readonly Installation[] => [{ ...found, ...where }];
    if (name === '' || (word.open && !/^[~=!<>]/.test(spec)))
      return [createUnknown(word, 'pypi', word.text, BY_VARIABLE)];
    if (/[$`]/.test(spec))
      return add(createUnknown(word, 'pypi', name, 'a variable decides the version'));
    const [, exact] = /^===?\s*([\w.!+-]+)$/.exec(spec) ?? [];
    if (exact !== undefined) return add(createPinned(word, 'pypi', name, exact));
    const why = spec === '' ? 'no version is named' : `${spec} is a range, not a version`;
    return add(createLoose(word, 'pypi', name, why));
  });
}

/** `uvx NAME@VERSION`, `uv tool run NAME`, `pipx run NAME`; `--from` and `--spec` name another. */
function readToolRun(given: Arguments, isUvx: boolean): readonly Installation[] {
  const { program, verb, names, options } = given;
  const more = options.get('--with');
  const [first] = isUvx ? [{ ...program, text: verb, open: /[$`]/.test(verb) }] : names;
  const word = options.get('--from') ?? options.get('--spec') ?? first;
  if (word === undefined || word.text === '') return [];
  const text = word.text.replace(/@(?=\d)/, '==').replace(/@latest$/, '');
  const words = [{ ...word, text }, ...(more === undefined ? [] : [more])];
  return readPip({ ...given, program: { ...program, text: 'pip' }, verb: 'install', names: words });
}

/** `[extra, other]` behind a name. */
function dropExtras(text: string): string {
  const rest = text.trim();
  return rest.startsWith('[') ? rest.slice(rest.indexOf(']') + 1).trim() : rest;
}

function readPipAddress(word: ShellWord, address: string): Installation {
  // Behind the last of these marks: a path may hold 40 such digits too.
  const commit = /[@#=]([0-9a-f]{40})(?:[#?&]|$)/.exec(address)?.[1];
  if (commit !== undefined && !word.open)
    return { ...createPinned(word, 'generic', address, commit), address, why: 'by its commit' };
  return { ...createDownload({ ...word, text: address }) };
}

/**
 * `npm install` and `npm ci` without names follow the lock; with names, or globally, they do not.
 */
function readNpm({ program, verb, names, options }: Arguments): readonly Installation[] {
  const tool = takeProgram(program);
  const registry = options.get('--registry');
  const where = registry === undefined || registry.open ? {} : { address: registry.text };
  const read = (words: readonly ShellWord[]): readonly Installation[] =>
    words
      .filter(({ text, open }) => open || !/^(?:\.{0,2}\/|\.\.?$|file:)/.test(text))
      .map((word) => ({ ...readNpmName(word), ...where }));
  if (/^(?:npx|pnpx|bunx)$/.test(tool))
    return verb === '' ? [] : read([{ ...program, text: verb, open: /[$`]/.test(verb) }]);
  if (/^(?:exec|dlx|x)$/.test(verb)) return read(names.slice(0, 1));
  if (verb === 'global' && /^(?:add|upgrade)$/.test(names[0]?.text ?? ''))
    return read(names.slice(1));
  return /^(?:i|in|install|add|update|up|upgrade)$/.test(verb) ? read(names) : [];
}

function readNpmName(word: ShellWord): Installation {
  const { text, open } = word;
  if (/^(?:git\+)?\w+:\/\//.test(text)) return readPipAddress(word, text);
  const at = text.indexOf('@', 1);
  const name = at === -1 ? text : text.slice(0, at);
  const spec = at === -1 ? '' : text.slice(at + 1);
  if (/[$`]/.test(name)) return createUnknown(word, 'npm', text, BY_VARIABLE);
  if (open) return createUnknown(word, 'npm', name, 'a variable decides the version');
  if (/^\d+\.\d+\.\d+(?:[-+][\w.+-]+)?$/.test(spec)) return createPinned(word, 'npm', name, spec);
  const why = spec === '' ? 'no version is named' : `${spec} is a tag or a range, not a version`;
  return createLoose(word, 'npm', name, why);
}

/** `corepack prepare pnpm@9.1.0+sha512.…` may hold the hash of the package manager. */
function readCorepack(words: readonly ShellWord[]): readonly Installation[] {
  const [verb, ...names] = words.filter(({ text }) => !text.startsWith('-'));
  if (!/^(?:prepare|install|use)$/.test(verb?.text ?? '')) return [];
  return names.map((word) => {
    const found = readNpmName(word);
    const isHashed = /\+sha(?:224|256|384|512)\.[0-9a-f]{56,128}$/.test(word.text);
    return isHashed ? { ...found, recorded: true } : found;
  });
}

function readGem(given: Arguments): readonly Installation[] {
  const { options, flags, repeated } = given;
  // The first source replaces those of the machine; another one is added to it.
  const named = ['-s', '--source'].filter((flag) => flags.has(flag));
  const source = options.get(named[0] ?? '');
  if (source === undefined) return readGems(given);
  const isMixed = source.open || named.length > 1 || repeated.has(named[0] ?? '');
  const where = isMixed ? { isMixed } : { address: source.text };
  return readGems(given).map((found) => ({ ...found, ...where }));
}

function readGems({ verb, names, options }: Arguments): readonly Installation[] {
  if (!/^(?:install|i|update)$/.test(verb)) return [];
  const given = options.get('-v') ?? options.get('--version');
  return names.map((word): Installation => {
    const [name = '', own] = word.text.split(':');
    const version = own ?? given?.text ?? '';
    if (/[$`]/.test(name)) return createUnknown(word, 'gem', word.text, BY_VARIABLE);
    if (/[$`]/.test(version))
      return createUnknown(word, 'gem', name, 'a variable decides the version');
    if (name.endsWith('.gem'))
      return createUnknown(word, 'gem', name, 'it is an archive of unrecorded content');
    if (/^(?:= ?)?\d[\w.-]*$/.test(version))
      return createPinned(word, 'gem', name, version.replace(/^= ?/, ''));
    const why = version === '' ? 'no version is named' : `${version} is a range, not a version`;
    return createLoose(word, 'gem', name, why);
  });
}

function readGo({ verb, names }: Arguments): readonly Installation[] {
  if (!/^(?:install|get|run)$/.test(verb)) return [];
  return names.flatMap((word): readonly Installation[] => {
    const at = word.text.lastIndexOf('@');
    // Without a version, the go.mod of this tree decides.
    if (at === -1 && !word.open) return [];
    const [name, version] = [word.text.slice(0, Math.max(at, 0)), word.text.slice(at + 1)];
    if (at === -1 || /[$`]/.test(name))
      return [createUnknown(word, 'golang', word.text, BY_VARIABLE)];
    if (/[$`]/.test(version))
      return [createUnknown(word, 'golang', name, 'a variable decides the version')];
    // A version cannot change: the checksum database of Go holds its hash.
    if (/^v\d+\.\d+\.\d+(?:[-+]\S*)?$/.test(version) || /^[0-9a-f]{12,40}$/.test(version))
      return [createPinned(word, 'golang', name, version)];
    return [createLoose(word, 'golang', name, `${version} is not a version`)];
  });
}

function readCargo({ verb, names, options, flags }: Arguments): readonly Installation[] {
  if (!/^(?:install|binstall)$/.test(verb) || flags.has('--path')) return [];
  const git = options.get('--git');
  const given = options.get('--version') ?? options.get('--vers');
  if (git !== undefined) {
    const rev = options.get('--rev')?.text ?? '';
    const named = readPipAddress(git, `${git.text}${rev === '' ? '' : `@${rev}`}`);
    return [named];
  }
  const index = options.get('--index');
  const only = index === undefined || index.open ? {} : { address: index.text };
  // The address of a registry that has a name is in a configuration.
  const where = flags.has('--registry') ? { isMixed: true } : only;
  return names.map((word) => ({ ...readCrate(word, given), ...where }));
}

function readCrate(word: ShellWord, given: ShellWord | undefined): Installation {
  const [name = '', own] = word.text.split('@');
  const version = own ?? given?.text ?? '';
  if (/[$`]/.test(name)) return createUnknown(word, 'cargo', word.text, BY_VARIABLE);
  if (/[$`]/.test(version))
    return createUnknown(word, 'cargo', name, 'a variable decides the version');
  // A whole version means exactly that one here (cargo-install(1)).
  if (/^=?\d+\.\d+\.\d+(?:[-+][\w.+-]+)?$/.test(version))
    return createPinned(word, 'cargo', name, version.replace('=', ''));
  const why = version === '' ? 'no version is named' : `${version} is a range, not a version`;
  return createLoose(word, 'cargo', name, why);
}

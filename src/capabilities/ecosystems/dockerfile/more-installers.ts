import { createLoose, createPinned, createUnknown, type Installation } from './installation.ts';
import { type Arguments, BY_VARIABLE, type Installer, listWords } from './installer.ts';
import type { ShellWord } from './shell-words.ts';

/** Installers of .NET and PHP, and those whose packages are only named. */
export const MORE_INSTALLERS: readonly Installer[] = [
  {
    programs: /^dotnet$/,
    valued: listWords(
      '--version --add-source --source -s --configfile --framework -f --tool-path -v --verbosity',
    ),
    read: readDotnet,
  },
  {
    programs: /^composer(?:\.phar)?$/,
    valued: listWords('-d --working-dir'),
    read: readComposer,
  },
  {
    programs:
      /^(?:cpanm?|luarocks|opam|cabal|stack|nix-env|nimble|raco|pod|mint|asdf|mise|ghcup|sdk|tlmgr|deno|mix|install2\.r|install-r)$/,
    valued: listWords('-p -f -A --package'),
    read: readNamed,
  },
];

/** Without a name, they follow a lock or build the project. */
function readNamed({ program, verb, names, flags }: Arguments): readonly Installation[] {
  const what = takeName(program);
  const installs =
    /^cpanm?$|^install/.test(what) ||
    /^(?:local\.(?:hex|rebar)|(?:escript|archive)\.install)$/.test(verb) ||
    (/^(?:install|global|use)$/.test(verb) && names.length > 0) ||
    [...flags].some((flag) => /^-i[A-Za-z]*$/.test(flag));
  return installs ? [{ kind: 'other', what, at: program.at }] : [];
}

function takeName({ text }: ShellWord): string {
  return text.slice(text.lastIndexOf('/') + 1);
}

/** `dotnet tool install NAME`, `dotnet add [PROJECT] package NAME`; `restore` follows the lock. */
function readDotnet(given: Arguments): readonly Installation[] {
  const { verb, names, options, flags } = given;
  const [first, ...rest] = names;
  const at = names.findIndex(({ text }) => text === 'package');
  const isTool = verb === 'tool' && /^(?:install|update)$/.test(first?.text ?? '');
  const words = isTool ? rest : verb === 'add' && at !== -1 ? names.slice(at + 1) : [];
  const version = options.get('--version') ?? options.get('-v');
  // A source of the command is asked beside those of the configuration, or in their place.
  const where = [...flags].some((flag) => /source$|^-s$|^--configfile$/.test(flag))
    ? { isMixed: true }
    : {};
  return words.map((word): Installation => {
    const [name = '', own] = word.text.split('@');
    const text = own ?? version?.text ?? '';
    return { ...readVersion(word, 'nuget', name, text), ...where };
  });
}

/** `composer global require NAME:VERSION`; `install` follows the lock. */
function readComposer({ verb, names }: Arguments): readonly Installation[] {
  const isGlobal = verb === 'global';
  const does = isGlobal ? (names[0]?.text ?? '') : verb;
  if (!/^(?:require|r|create-project)$/.test(does)) return [];
  const words = isGlobal ? names.slice(1) : names;
  return (does === 'create-project' ? words.slice(0, 1) : words).flatMap(
    (word): readonly Installation[] => {
      const [name = '', version = ''] = word.text.split(/[:=]/);
      // Composer also takes a version as a word of its own.
      if (!name.includes('/') && !word.open) return [];
      return [readVersion(word, 'composer', name, version)];
    },
  );
}

function readVersion(
  word: ShellWord,
  ecosystem: string,
  name: string,
  version: string,
): Installation {
  if (/[$`]/.test(name)) return createUnknown(word, ecosystem, word.text, BY_VARIABLE);
  if (/[$`]/.test(version))
    return createUnknown(word, ecosystem, name, 'a variable decides the version');
  const exact = version.replace(/^\[(.*)\]$/, '$1');
  if (/^v?\d+\.\d+\.\d+(?:\.\d+)?(?:[-+][\w.+-]+)?$/.test(exact))
    return createPinned(word, ecosystem, name, exact);
  const why = version === '' ? 'no version is named' : `${version} is a range, not a version`;
  return createLoose(word, ecosystem, name, why);
}

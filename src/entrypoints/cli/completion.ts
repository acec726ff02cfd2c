import { getOwn } from '../../core/own.ts';
import type { CommandDefinition, OptionDefinition } from './command.ts';
import { EVERYWHERE } from './options/everywhere.ts';

/** What a shell may offer next. */
interface Offer {
  /**
   * The words of the command so far: `` for none, `ask` for a group, `ask releases` for a command.
   */
  readonly path: string;
  readonly words: readonly Word[];
}

interface Word {
  readonly text: string;
  readonly meaning: string;
}

/** The values of an option; null if a file or any text may follow. */
interface ValueOffer {
  readonly path: string;
  readonly option: string;
  readonly values: readonly string[] | null;
}

export type Shell = 'bash' | 'zsh' | 'fish' | 'powershell';

type Groups = Readonly<Record<string, string>>;

/**
 * The completion script of a shell, made from the same catalogue as the parser and the help output.
 */
export function buildCompletionScript(
  shell: Shell,
  commands: readonly CommandDefinition[],
  groups: Groups,
): string {
  const [offers, values] = [listOffers(commands, groups), listValues(commands)];
  switch (shell) {
    case 'bash':
      return buildBashScript(offers, values);
    case 'zsh':
      return buildZshScript(offers, values);
    case 'fish':
      return buildFishScript(offers, values);
    case 'powershell':
      return buildPowershellScript(offers, values);
  }
}

function listOffers(commands: readonly CommandDefinition[], groups: Groups): readonly Offer[] {
  const top = new Map<string, string>();
  for (const { path, summary } of commands)
    if (path.length === 1) top.set(path[0], summary);
    else if (!top.has(path[0])) top.set(path[0], getOwn(groups, path[0]) ?? '');
  const within = Object.keys(groups).map((group) => ({
    path: group,
    words: commands
      .filter(({ path }) => path.length > 1 && path[0] === group)
      .map(({ path, summary }) => ({ text: path.at(-1) ?? '', meaning: summary })),
  }));
  const leaves = commands.map(({ path, options, arguments: taken }) => ({
    path: path.join(' '),
    words: [
      ...[...options, ...EVERYWHERE].map((option) => ({
        text: takeLongFlag(option),
        meaning: option.meaning,
      })),
      ...(path.join(' ') === 'completion' ? listShellWords(taken[0]?.meaning ?? '') : []),
      { text: '--help', meaning: 'display help' },
    ],
  }));
  const words = [...top].map(([text, meaning]) => ({ text, meaning }));
  // A command with commands below it is both.
  const named = Map.groupBy([...within, ...leaves], ({ path }) => path);
  const merged = [...named].map(([path, offers]) => ({
    path,
    words: offers.flatMap((offer) => offer.words),
  }));
  return [{ path: '', words: [...words, ...GLOBAL] }, ...merged];
}

const GLOBAL: readonly Word[] = [
  { text: '--help', meaning: 'display help' },
  { text: '--version', meaning: 'print the version' },
];

function listShellWords(meaning: string): readonly Word[] {
  return meaning.split(', ').map((text) => ({ text, meaning: `for ${text}` }));
}

function listValues(commands: readonly CommandDefinition[]): readonly ValueOffer[] {
  return commands.flatMap(({ path, options }) =>
    options.filter(takesValue).flatMap((option) =>
      [takeLongFlag(option), ...takeShortFlags(option)].map((name) => ({
        path: path.join(' '),
        option: name,
        values: option.choices ?? null,
      })),
    ),
  );
}

function takesValue({ flags }: OptionDefinition): boolean {
  return flags.includes('<');
}

function takeLongFlag({ flags }: OptionDefinition): string {
  return /--[a-z-]+/.exec(flags)?.[0] ?? flags;
}

function takeShortFlags({ flags }: OptionDefinition): readonly string[] {
  return /^-[a-z]\b/.exec(flags) ?? [];
}

const joinTexts = (words: readonly Word[]): string => words.map(({ text }) => text).join(' ');

/**
 * The words so far that name a command; shared by bash and zsh, whose arrays start at different
 * places.
 */
function buildPathLoop(
  offers: readonly Offer[],
  word: string,
  first: string,
  last: string,
): readonly string[] {
  const paths = offers.filter(({ path }) => path !== '').map(({ path }) => `'${path}'`);
  return [
    `  for ((at = ${first}; at < ${last}; at++)); do`,
    `    next="\${path:+$path }${word}"`,
    `    case "$next" in ${paths.join('|')}) path="$next" ;; *) break ;; esac`,
    '  done',
  ];
}

function buildBashScript(offers: readonly Offer[], values: readonly ValueOffer[]): string {
  return `${[
    '# bash completion of waybill; made by: waybill completion bash',
    '_waybill() {',
    `  local path='' next='' words='' at current="\${COMP_WORDS[COMP_CWORD]}"`,
    '  COMPREPLY=()',
    ...buildPathLoop(offers, `\${COMP_WORDS[at]}`, '1', 'COMP_CWORD'),
    `  case "$path:\${COMP_WORDS[COMP_CWORD - 1]}" in`,
    ...values.map(({ path, option, values: known }) =>
      known === null
        ? `    '${path}:${option}') return ;;`
        : `    '${path}:${option}') ` +
          `COMPREPLY=($(compgen -W '${known.join(' ')}' -- "$current")); return ;;`,
    ),
    '  esac',
    '  case "$path" in',
    ...offers.map(({ path, words }) => `    '${path}') words='${joinTexts(words)}' ;;`),
    '  esac',
    '  COMPREPLY=($(compgen -W "$words" -- "$current"))',
    '}',
    'complete -o default -o bashdefault -F _waybill waybill',
  ].join('\n')}\n`;
}

function buildZshScript(offers: readonly Offer[], values: readonly ValueOffer[]): string {
  return `${[
    '#compdef waybill',
    '# zsh completion of waybill; made by: waybill completion zsh',
    '_waybill() {',
    "  local path_so_far='' next='' at",
    ...buildPathLoop(offers, '$words[at]', '2', 'CURRENT').map((line) =>
      line.replace(/\bpath\b/g, 'path_so_far'),
    ),
    '  case "$path_so_far:$words[CURRENT-1]" in',
    ...values.map(({ path, option, values: known }) =>
      known === null
        ? `    '${path}:${option}') _files; return ;;`
        : `    '${path}:${option}') compadd -- ${known.join(' ')}; return ;;`,
    ),
    '  esac',
    '  case "$path_so_far" in',
    ...offers.map(({ path, words }) => `    '${path}') compadd -- ${joinTexts(words)} ;;`),
    '  esac',
    '  [[ "$words[CURRENT]" == -* || -z "$path_so_far" ]] || _files',
    '}',
    'if [ "$funcstack[1]" = "_waybill" ]; then _waybill "$@"; else compdef _waybill waybill; fi',
  ].join('\n')}\n`;
}

function buildFishScript(offers: readonly Offer[], values: readonly ValueOffer[]): string {
  const buildCondition = (path: string): string => {
    const [first, second] = path.split(' ');
    const siblings = joinTexts(offers.find((offer) => offer.path === first)?.words ?? []);
    if (path === '') return '__fish_use_subcommand';
    if (second !== undefined)
      return `__fish_seen_subcommand_from ${first}; and __fish_seen_subcommand_from ${second}`;
    const isGroup = offers.some((offer) => offer.path.startsWith(`${first} `));
    const open = isGroup ? `; and not __fish_seen_subcommand_from ${siblings}` : '';
    return `__fish_seen_subcommand_from ${first}${open}`;
  };
  const quoteText = (text: string): string =>
    `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  const line = (path: string, { text, meaning }: Word): string => {
    const value = values.find((one) => one.path === path && one.option === text);
    const taken =
      value === undefined
        ? ''
        : value.values === null
          ? ' -r'
          : ` -x -a ${quoteText(value.values.join(' '))}`;
    const word = text.startsWith('--') ? `-l ${text.slice(2)}${taken}` : `-f -a ${text}`;
    return (
      `complete -c waybill -n ${quoteText(buildCondition(path))} ${word} -d ` +
      `${quoteText(meaning)}`
    );
  };
  const lines = offers.flatMap(({ path, words }) => words.map((word) => line(path, word)));
  return `# fish completion of waybill; made by: waybill completion fish\n${lines.join('\n')}\n`;
}

function buildPowershellScript(offers: readonly Offer[], values: readonly ValueOffer[]): string {
  const quoteText = (text: string): string => `'${text.replaceAll("'", "''")}'`;
  const list = (items: readonly string[]): string => `@(${items.map(quoteText).join(', ')})`;
  return `${[
    '# PowerShell completion of waybill; made by: waybill completion powershell',
    'Register-ArgumentCompleter -Native -CommandName waybill -ScriptBlock {',
    '  param($word, $ast, $position)',
    '  $offers = @{',
    ...offers.map(
      ({ path, words }) => `    ${quoteText(path)} = ${list(words.map(({ text }) => text))}`,
    ),
    '  }',
    '  $values = @{',
    ...values
      .filter(({ values: known }) => known !== null)
      .map(
        ({ path, option, values: known }) =>
          `    ${quoteText(`${path}:${option}`)} = ${list(known ?? [])}`,
      ),
    '  }',
    '  $said = @($ast.CommandElements | Where-Object { $_.Extent.EndOffset -lt $position } | ' +
      'ForEach-Object { "$_" })',
    "  $path = ''",
    '  foreach ($one in ($said | Select-Object -Skip 1)) {',
    '    $next = "$path $one".Trim()',
    '    if ($offers.ContainsKey($next)) { $path = $next } else { break }',
    '  }',
    `  $known = $values["\${path}:$($said[-1])"]`,
    '  if ($null -eq $known) { $known = $offers[$path] }',
    '  $known | Where-Object { $_ -like "$word*" } | ForEach-Object {',
    "    [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)",
    '  }',
    '}',
  ].join('\n')}\n`;
}

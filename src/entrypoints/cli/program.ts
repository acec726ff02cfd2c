import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { Failure } from '../../core/failure.ts';
import { getOwn } from '../../core/own.ts';
import { version } from '../compose/version.ts';
import { GROUPS, loadCommands } from './catalogue.ts';
import { type CommandDefinition, type OptionDefinition, readOptions } from './command.ts';
import type { Io } from './io.ts';
import { adaptIo, EVERYWHERE } from './options/everywhere.ts';
import type { ExitCode, Report } from './report/report.ts';

/** Parses `argv` against the catalogue and runs the command that it names. */
export async function parseAndRun(words: readonly string[], io: Io): Promise<ExitCode> {
  // `waybill help sbom` is what git and kubectl have taught.
  const argv = words[0] === 'help' ? [...words.filter((word) => word !== 'help'), '--help'] : words;
  const outcome: { exit: ExitCode } = { exit: 0 };
  const definitions = await loadNamed(argv);
  const program = buildProgram(io, outcome, definitions);
  try {
    // Commander answers a question about a command that does not exist with the help of all.
    const asked = isNamed(argv, definitions) ? argv : argv.filter((word) => !HELP.includes(word));
    await program.parseAsync([...asked], { from: 'user' });
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) throw thrown;
    if (thrown.exitCode === 0) return 0;
    // A group without one of its commands: its help is on stderr, and nothing was done.
    if (thrown.code === 'commander.help') return 2;
    throw toUsageFailure(thrown.message);
  }
  return outcome.exit;
}

const EXIT_CODES =
  'Exit codes: 0 allowed or clean, 1 denied or findings, 2 usage or configuration,\n' +
  '3 evidence missing or unreadable, 4 unsupported.';

/**
 * Only the command that the first words name, with those below it; every command if they name none.
 */
async function loadNamed(argv: readonly string[]): Promise<readonly CommandDefinition[]> {
  const commands = await loadCommands(argv[0]);
  const named = commands.find(({ path }) => path.every((word, at) => argv[at] === word));
  if (named === undefined) return loadCommands();
  return commands.filter(({ path }) => named.path.every((word, at) => path[at] === word));
}

const TOO_LATE = 'the signal came too late: the work was done, and its result follows\n';

const HELP = ['--help', '-h'];

/** Whether the first words name a command or a group, or there are none. */
function isNamed(argv: readonly string[], definitions: readonly CommandDefinition[]): boolean {
  const end = argv.findIndex((word) => word.startsWith('-'));
  const words = end === -1 ? argv : argv.slice(0, end);
  return definitions.some(({ path }) => words.every((word, at) => (path[at] ?? word) === word));
}

/** Commander's sentence as a failure; its suggestion is the remedy. */
function toUsageFailure(text: string): Failure {
  const [message = '', suggestion] = text.replace(/^error: /, '').split('\n');
  const see = 'See: waybill --help, or waybill COMMAND --help.';
  const remedy = suggestion === undefined ? see : `${suggestion.replace(/^\(|\)$/g, '')} ${see}`;
  return new Failure('USAGE', message.replace(/\.$/, ''), remedy);
}

/** The parser and the help output, from the catalogue. */
export function buildProgram(
  io: Io,
  outcome: { exit: ExitCode },
  definitions: readonly CommandDefinition[],
): Command {
  const program = new Command('waybill').enablePositionalOptions();
  program
    .description(
      'Gives every container release a signed waybill and admits only proven releases in ' +
        'Kubernetes.',
    )
    .version(`waybill ${version()}`, '-V, --version', 'print the version')
    .addHelpText('after', `\n${EXIT_CODES}`);
  addOptionsOfAll(program);
  const groups = new Map<string, Command>();
  for (const definition of definitions) {
    const parent =
      definition.path.length === 1 ? program : findGroup(program, groups, definition.path[0]);
    addCommand(parent, definition, io, outcome);
  }
  for (const command of [
    program,
    ...groups.values(),
    ...[...groups.values()].flatMap((group) => group.commands),
  ]) {
    configureCommand(command, io);
  }
  for (const command of program.commands) configureCommand(command, io);
  return program;
}

function configureCommand(command: Command, io: Io): void {
  command.exitOverride().showSuggestionAfterError(true);
  command.configureOutput({ writeOut: io.out, writeErr: io.err, outputError: () => undefined });
  command.helpCommand(false).configureHelp({ minWidthToWrap: HELP_WIDTH_MIN });
}

/** Columns of a description beside its name; on a narrower terminal it is not wrapped. */
const HELP_WIDTH_MIN = 16;

function addOptionsOfAll(command: Command): void {
  for (const option of EVERYWHERE)
    command.addOption(toCommanderOption(option).helpGroup('Options of every command:'));
}

function findGroup(program: Command, groups: Map<string, Command>, name: string): Command {
  const known = groups.get(name);
  if (known !== undefined) return known;
  // A command may have commands below it: waybill sbom, waybill sbom check.
  const command = program.commands.find((one) => one.name() === name);
  const group = command ?? addGroup(program, name);
  groups.set(name, group);
  return group;
}

function addGroup(program: Command, name: string): Command {
  return program
    .command(name)
    .description(getOwn(GROUPS, name) ?? name)
    .addHelpText('after', `\n${EXIT_CODES}`);
}

function addCommand(
  parent: Command,
  definition: CommandDefinition,
  given: Io,
  outcome: { exit: ExitCode },
): void {
  const name = definition.path.at(-1) ?? '';
  const command = parent.command(name).description(definition.summary);
  for (const { name: argument, meaning, required, several } of definition.arguments) {
    const word = several ? `${argument}...` : argument;
    command.argument(required ? `<${word}>` : `[${word}]`, meaning);
  }
  for (const option of definition.options) command.addOption(toCommanderOption(option));
  addOptionsOfAll(command);
  command.addHelpText(
    'after',
    `\nExamples:\n${definition.examples.map((example) => `  ${example}`).join('\n')}\n\n${EXIT_CODES}`,
  );
  command.action(async () => {
    const { run } = await definition.load();
    const options = readOptions(definition.options, command.opts());
    const io = adaptIo(given, listLevels(command));
    // mutant signal-during-long-work by cli-world: condition -> false
    const interruption = isEndedAtOnce(definition, options) ? NEVER : watchInterrupts(io);
    try {
      const { signal } = interruption;
      const report = await run({ args: command.args, options, io, signal });
      // A server ends by a signal; any other command that is done was not stopped.
      // mutant late-signal-is-told by late-signal: condition -> false
      if (signal.aborted && report.kind === 'result') io.err(TOO_LATE);
      outcome.exit = await deliver(report, options, io, signal);
    } catch (thrown) {
      throw wasStopped(interruption.signal, thrown) ? interruption.signal.reason : thrown;
    } finally {
      interruption.release();
    }
  });
}

/** What was typed for a command and for those above it: each has its own default. */
function listLevels(command: Command): readonly Readonly<Record<string, unknown>>[] {
  const { parent } = command;
  return [command.opts(), ...(parent === null ? [] : listLevels(parent))];
}

/** Every command shows its report here, in the format and the file that the user named. */
async function deliver(
  report: Report,
  { format, output }: { readonly format?: string; readonly output?: string },
  io: Io,
  signal: AbortSignal,
): Promise<ExitCode> {
  const { deliverReport } = await import('./report/deliver.ts');
  return deliverReport(report, { io, format, file: output, signal });
}

function toCommanderOption(definition: OptionDefinition): Option {
  const option = new Option(definition.flags, definition.meaning);
  if (definition.choices !== undefined) option.choices([...definition.choices]);
  if (definition.fallback !== undefined) option.default(definition.fallback);
  if (definition.required === true) option.makeOptionMandatory();
  if (definition.several === true) {
    option.argParser((value: string, before: readonly string[] | undefined) => {
      requireChoice(definition, value);
      return [...(before ?? []), value];
    });
  }
  return option;
}

/**
 * A request that ended because the user stopped the command reports that its time ran out. That is
 * not the cause.
 */
function wasStopped(signal: AbortSignal, thrown: unknown): boolean {
  if (!signal.aborted || !(thrown instanceof Error)) return false;
  return (
    thrown.name === 'AbortError' ||
    (thrown instanceof Failure && thrown.code === 'DEADLINE_EXCEEDED')
  );
}

/** Commander checks the choices only of an option that is given once. */
function requireChoice({ choices }: OptionDefinition, value: string): void {
  // mutant choice-of-several by sbom-commands: condition -> false
  if (choices !== undefined && !choices.includes(value))
    throw new InvalidArgumentError(`Allowed choices are ${choices.join(', ')}.`);
}

interface Interruption {
  readonly signal: AbortSignal;
  readonly release: () => void;
}

const NEVER: Interruption = { signal: new AbortController().signal, release: () => undefined };

function isEndedAtOnce(
  { readsOnly }: Pick<CommandDefinition, 'readsOnly'>,
  options: { readonly output?: string | undefined },
): boolean {
  if (readsOnly === undefined || options.output !== undefined) return false;
  if (readsOnly === true) return true;
  const asked = getOwn(options as Readonly<Record<string, unknown>>, readsOnly.unless);
  return asked === false || asked === undefined;
}

/**
 * The first Ctrl-C asks the command to stop and clean up. The second ends the process by the signal
 * itself, because an exit would wait for what is still open, such as a pipe without a writer.
 */
function watchInterrupts(io: Io): Interruption {
  const controller = new AbortController();
  const release = (): void => void process.off('SIGINT', stop).off('SIGTERM', stop);
  const stop = (signal: NodeJS.Signals): void => {
    if (controller.signal.aborted) {
      release();
      process.kill(process.pid, signal);
    }
    io.err('stopping … (press again to end at once)\n');
    controller.abort(
      new Failure('INTERRUPTED', 'stopped by a signal', 'Run the command again; it starts clean.'),
    );
  };
  process.on('SIGINT', stop).on('SIGTERM', stop);
  return { signal: controller.signal, release };
}

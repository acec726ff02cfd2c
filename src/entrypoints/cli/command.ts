import { getOwn } from '../../core/own.ts';
import type { Io } from './io.ts';
import type { Report } from './report/report.ts';

export interface ArgumentDefinition {
  readonly name: string;
  readonly meaning: string;
  readonly required: boolean;
  readonly several: boolean;
}

export interface OptionDefinition {
  /** As commander reads it: `--format <kind>`, `--yes`. */
  readonly flags: string;
  readonly meaning: string;
  readonly choices?: readonly string[];
  readonly fallback?: string;
  /** The option may be given more than once. */
  readonly several?: boolean;
  readonly required?: boolean;
}

/** `--fail-on <severity>` is read as `failOn`. */
type OptionName<F extends string> = F extends `${string}--${infer Name} <${string}`
  ? CamelCase<Name>
  : F extends `${string}--${infer Name}`
    ? CamelCase<Name>
    : never;

type CamelCase<Name extends string> = Name extends `${infer Head}-${infer Rest}`
  ? `${Head}${Capitalize<CamelCase<Rest>>}`
  : Name;

type OptionValue<O extends OptionDefinition> = O extends { readonly several: true }
  ? readonly string[]
  : O['flags'] extends `${string} <${string}`
    ?
        | (O extends { readonly choices: readonly (infer Choice extends string)[] }
            ? Choice
            : string)
        | (O extends { readonly fallback: string } | { readonly required: true }
            ? never
            : undefined)
    : boolean;

/** The values that the options of a definition have in its command, by name. */
export type OptionsOf<L extends readonly OptionDefinition[]> = {
  readonly [O in L[number] as OptionName<O['flags']>]: OptionValue<O>;
};

/** What the user wrote, parsed. */
export interface Call<O = object> {
  readonly args: readonly string[];
  readonly options: O;
  readonly io: Io;
  /** Aborted by the first Ctrl-C; a second one ends the process. */
  readonly signal: AbortSignal;
}

/** The call of a command with these options. */
export type CallOf<L extends readonly OptionDefinition[]> = Call<OptionsOf<L>>;

export interface CommandModule<O = object> {
  run(call: Call<O>): Promise<Report>;
}

/**
 * One command, defined once: the parser, the help output, the completions, the types of its options
 * and docs/reference/commands.md are made from it.
 */
export interface CommandDefinition<
  L extends readonly OptionDefinition[] = readonly OptionDefinition[],
> {
  readonly path: readonly [string, ...string[]];
  readonly summary: string;
  /**
   * It writes nothing that a signal could leave half done, except --output and what the named
   * option asks for: a signal then ends it at once, also in the middle of long work that hears no
   * handler.
   */
  readonly readsOnly?: true | { readonly unless: string };
  readonly arguments: readonly ArgumentDefinition[];
  readonly options: L;
  readonly examples: readonly [string, ...string[]];
  /** Loads the code only when the command runs. */
  readonly load: () => Promise<CommandModule<OptionsOf<L>>>;
}

/** A command whose code takes exactly the options that are declared for it. */
export function defineCommand<const L extends readonly OptionDefinition[]>(
  definition: CommandDefinition<L>,
): CommandDefinition {
  return definition;
}

/** What commander parsed, with a value for every flag and every list that the user left out. */
export function readOptions(
  definitions: readonly OptionDefinition[],
  parsed: Readonly<Record<string, unknown>>,
): object {
  const missing = definitions.flatMap(
    ({ flags, several }): readonly (readonly [string, unknown])[] => {
      const name = toOptionName(flags);
      if (getOwn(parsed, name) !== undefined) return [];
      if (several === true) return [[name, []]];
      return flags.includes('<') ? [] : [[name, false]];
    },
  );
  return { ...Object.fromEntries(missing), ...parsed };
}

function toOptionName(flags: string): string {
  const name = /--([a-z-]+)/.exec(flags)?.[1] ?? '';
  return name.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

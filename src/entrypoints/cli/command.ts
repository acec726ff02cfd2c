import type { Io } from './io.ts';

/** 0 allowed or clean; 1 denied or findings; the others are those of the FAILURES table. */
export type ExitCode = 0 | 1 | 2 | 3 | 4;

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
  /** The option may stand more than once. */
  readonly several?: boolean;
  readonly required?: boolean;
}

/** What the user wrote, parsed. */
export interface Call {
  readonly args: readonly string[];
  readonly options: Options;
  readonly io: Io;
  /** Aborted by Ctrl-C, once; a second one ends the process. */
  readonly signal: AbortSignal;
}

export interface CommandModule {
  run(call: Call): Promise<ExitCode>;
}

/**
 * One command, said once: the parser, the help output, the completions and
 * docs/reference/commands.md are made of it.
 */
export interface CommandDefinition {
  readonly path: readonly [string, ...string[]];
  readonly summary: string;
  readonly arguments: readonly ArgumentDefinition[];
  readonly options: readonly OptionDefinition[];
  readonly examples: readonly [string, ...string[]];
  /** Loads the code only when the command runs. */
  readonly load: () => Promise<CommandModule>;
}

/** Typed access to what commander parsed. */
export class Options {
  readonly #values: Readonly<Record<string, unknown>>;

  constructor(values: Readonly<Record<string, unknown>>) {
    this.#values = values;
  }

  text(name: string): string | undefined {
    const value = this.#values[name];
    return typeof value === 'string' ? value : undefined;
  }

  texts(name: string): readonly string[] {
    const value = this.#values[name];
    return Array.isArray(value) ? value.map(String) : [];
  }

  flag(name: string): boolean {
    return this.#values[name] === true;
  }
}

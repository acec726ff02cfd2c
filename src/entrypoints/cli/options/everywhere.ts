import type { OptionDefinition } from '../command.ts';
import type { Io } from '../io.ts';

/** The options that every command takes, also before the command. */
export const EVERYWHERE: readonly OptionDefinition[] = [
  { flags: '-q, --quiet', meaning: 'print only results, warnings and errors' },
  { flags: '--wide', meaning: 'print tables as wide as their contents, also on a terminal' },
  { flags: '--no-color', meaning: 'print no colours, as with the variable NO_COLOR' },
];

/**
 * The input and output as these options want them. `levels` are the values that commander parsed
 * for the command and for each above it: before the command, an option says the same as behind it.
 */
export function adaptIo(io: Io, levels: readonly Readonly<Record<string, unknown>>[]): Io {
  const says = (name: 'quiet' | 'wide' | 'color', value: boolean): boolean =>
    levels.some((parsed) => parsed[name] === value);
  return {
    ...io,
    ...(says('quiet', true) ? { quiet: true } : {}),
    ...(says('wide', true) ? { width: null, err: io.errWide ?? io.err } : {}),
    ...(says('color', false) ? { colour: false, colourErr: false } : {}),
  };
}

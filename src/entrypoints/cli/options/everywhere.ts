import type { OptionDefinition } from '../command.ts';
import type { Io } from '../io.ts';

/** The options that every command takes, also before the command. */
export const EVERYWHERE: readonly OptionDefinition[] = [
  { flags: '-q, --quiet', meaning: 'print only results, warnings and errors' },
  { flags: '--wide', meaning: 'print tables as wide as their contents, also on a terminal' },
  { flags: '--no-color', meaning: 'print no colours, as with the variable NO_COLOR' },
];

/** The input and output as these options want them; the values are those that commander parsed. */
export function adaptIo(io: Io, parsed: Readonly<Record<string, unknown>>): Io {
  const { quiet, wide, color } = parsed;
  return {
    ...io,
    ...(quiet === true ? { quiet } : {}),
    ...(wide === true ? { width: null } : {}),
    ...(color === false ? { colour: false, colourErr: false } : {}),
  };
}

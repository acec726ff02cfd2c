import { setFlagsFromString } from 'node:v8';

/** After how many calls V8 compiles a function again, with more effort: its own numbers. */
const CALLS_BEFORE_COMPILATION = {
  'invocation-count-for-maglev': 400,
  'invocation-count-for-maglev-osr': 100,
  'invocation-count-for-turbofan': 3_000,
  'invocation-count-for-osr': 500,
};
const PATIENCE = 10;

/**
 * Lets V8 wait ten times as long before it compiles what runs often with more effort. A command
 * that a person waits for ends before that pays: `gate commit` on 1,700 packages needs a tenth less
 * processor time so. Long work still gets there.
 */
export function compileLate(): void {
  setPatience(PATIENCE);
}

/** Takes compileLate back, for a process that stays. */
export function compileSoon(): void {
  setPatience(1);
}

function setPatience(factor: number): void {
  for (const [flag, calls] of Object.entries(CALLS_BEFORE_COMPILATION))
    setFlagsFromString(`--${flag}=${calls * factor}`);
}

/**
 * Does work that ends before V8's last and dearest compiler would pay: that compiler takes a thread
 * of its own, and the code of the one before it is nearly as fast. Measured for an import: it ends
 * with a tenth less processor time, and with the same for five times the records.
 *
 * `begin` turns the compiler off. Call it when all modules that the work needs were used: under
 * other flags, V8 refuses the code that the build made of them (docs/adr/0046).
 */
export async function withoutLateCompilation<T>(
  work: (begin: () => void) => Promise<T>,
): Promise<T> {
  let hasBegun = false;
  try {
    return await work(() => {
      if (!hasBegun) setFlagsFromString('--no-turbofan');
      hasBegun = true;
    });
  } finally {
    if (hasBegun) setFlagsFromString('--turbofan');
  }
}

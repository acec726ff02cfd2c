import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { isJsonObject, type JsonValue } from '../../../src/core/json.ts';
import { root } from '../../../tools/process.ts';
import type { ParserName } from './parsers.ts';

/** How samples are changed. */
export type Form = 'text' | 'json' | 'bytes' | 'der' | 'tar' | 'layer' | 'zip';

/** One reader under test. It is used only as the server and the command line use it. */
export interface Target {
  readonly name: string;
  readonly form: Form;
  /** Valid inputs: each gives a value. */
  readonly samples: readonly Uint8Array[];
  readonly read: (bytes: Uint8Array) => unknown;
  /** The readers that this one consists of. */
  readonly reads: readonly ParserName[];
}

type Words = readonly (string | Uint8Array | object)[];

/** Texts and bytes as they are, values as JSON. */
export function encodeSamples(samples: Words): readonly Uint8Array[] {
  return samples.map((sample) => {
    if (sample instanceof Uint8Array) return sample;
    return Buffer.from(typeof sample === 'string' ? sample : JSON.stringify(sample));
  });
}

type Reader = (...args: readonly unknown[]) => unknown;

/** The function by its name: a table of names cannot go on with one that was renamed. */
export async function findReader(name: ParserName): Promise<Reader> {
  const [file = '', export_ = ''] = name.split(' ');
  const url = pathToFileURL(join(root, 'src', file)).href;
  const module = (await import(url)) as Readonly<Record<string, unknown>>;
  const found = Object.hasOwn(module, export_) ? module[export_] : undefined;
  if (typeof found !== 'function') throw new Error(`src/${file} exports no function ${export_}`);
  return found as Reader;
}

/** What a function takes; a `value` is parsed JSON. `$` among other arguments is the input. */
export type InputKind = 'text' | 'bytes' | 'value' | 'object';

const INPUT = '$';

export interface Row {
  readonly reader: ParserName;
  readonly takes: InputKind;
  readonly form: Form;
  readonly samples: Words;
  /** All arguments, where it takes more than the input. */
  readonly args?: readonly unknown[];
  readonly reads?: readonly ParserName[];
}

/** A row of the table: one function that is called with the input. */
export async function makeTarget(row: Row): Promise<Target> {
  const { reader, takes, form, samples, args = [INPUT], reads = [] } = row;
  const call = await findReader(reader);
  const read = (bytes: Uint8Array): unknown => {
    const text = Buffer.from(bytes).toString('utf8');
    const input = takes === 'bytes' ? bytes : takes === 'text' ? text : parseOrNothing(text, takes);
    if (input === undefined) return null;
    return call(...args.map((one) => (one === INPUT ? input : one)));
  };
  return { name: reader, form, samples: encodeSamples(samples), read, reads: [reader, ...reads] };
}

/** Undefined for text that is not what the reader takes: another reader judges it first. */
function parseOrNothing(text: string, takes: InputKind): unknown {
  try {
    const value = JSON.parse(text) as JsonValue;
    return takes === 'value' || isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

import type { Chance } from './chance.ts';
import { mutateDer, mutateLayer, mutateTar, mutateZip } from './mutate-binary.ts';
import { mutateJson } from './mutate-json.ts';
import { mutateBytes, mutateText } from './mutate-text.ts';
import type { Form } from './target.ts';

const utf8 = (change: (text: string, chance: Chance) => string) => {
  return (bytes: Uint8Array, chance: Chance): Uint8Array =>
    Buffer.from(change(Buffer.from(bytes).toString('utf8'), chance));
};

const MUTATORS: Readonly<Record<Form, (bytes: Uint8Array, chance: Chance) => Uint8Array>> = {
  text: utf8(mutateText),
  json: utf8(mutateJson),
  bytes: mutateBytes,
  der: mutateDer,
  tar: mutateTar,
  layer: mutateLayer,
  zip: mutateZip,
};

/** A valid input with a few changes that keep its form, or bytes that do not. */
export function mutate(form: Form, bytes: Uint8Array, chance: Chance): Uint8Array {
  return chance.once(15) ? mutateBytes(bytes, chance) : MUTATORS[form](bytes, chance);
}

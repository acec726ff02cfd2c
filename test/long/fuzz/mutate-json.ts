import type { Chance } from './chance.ts';
import { HOSTILE_TEXTS, mutateText } from './mutate-text.ts';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const DEPTHS = [10, 120, 140, 2_000];
const HOSTILE_NUMBERS = [0, -1, 1.5, 1e21, 1e308, 2 ** 53, -(2 ** 31), 4_294_967_296];

/** A document that is still JSON, mostly, and has other values in some places. */
export function mutateJson(text: string, chance: Chance): string {
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch {
    return mutateText(text, chance);
  }
  for (let count = 1 + chance.below(4); count > 0; count--) value = changeSomewhere(value, chance);
  const written = JSON.stringify(value);
  if (chance.once(12)) return mutateText(written, chance);
  if (chance.once(20)) return repeatKey(written, chance);
  return written;
}

/** The same document with a key that is there twice. */
function repeatKey(text: string, chance: Chance): string {
  const keys = [...text.matchAll(/"[a-zA-Z]{1,20}":/g)];
  if (keys.length === 0) return text;
  const { index, 0: key } = chance.among(keys);
  return `${text.slice(0, index)}${key}${chance.among(['null', '[]', '"x"', '{}'])},${text.slice(index)}`;
}

/** Goes down to one place, where each level is as likely as the next, and changes what is there. */
function changeSomewhere(value: Json, chance: Chance): Json {
  if (Array.isArray(value) && value.length > 0 && !chance.once(4)) {
    const at = chance.below(value.length);
    value[at] = changeSomewhere(value[at] ?? null, chance);
    return value;
  }
  if (value !== null && typeof value === 'object' && !Array.isArray(value) && !chance.once(5)) {
    const keys = Object.keys(value);
    if (keys.length === 0) return addMember(value, chance);
    const key = chance.among(keys);
    setMember(value, key, changeSomewhere(value[key] ?? null, chance));
    return value;
  }
  return changeHere(value, chance);
}

function changeHere(value: Json, chance: Chance): Json {
  if (typeof value === 'string' && !chance.once(3)) return changeString(value, chance);
  if (Array.isArray(value) && !chance.once(3)) return changeList(value, chance);
  if (value !== null && typeof value === 'object' && !Array.isArray(value) && !chance.once(3))
    return changeMembers(value, chance);
  return hostileValue(value, chance);
}

/** Text in base64 is decoded, changed and encoded again: it is often a document itself. */
function changeString(text: string, chance: Chance): string {
  if (/^[A-Za-z0-9+/_-]{8,}={0,2}$/.test(text) && !chance.once(3)) {
    const decoded = Buffer.from(text, 'base64').toString('utf8');
    if (decoded.startsWith('{')) return Buffer.from(mutateJson(decoded, chance)).toString('base64');
  }
  return mutateText(text, chance);
}

function changeList(list: Json[], chance: Chance): Json[] {
  const item = list.length === 0 ? null : chance.among(list);
  const weight = JSON.stringify(item).length + 1;
  if (chance.once(3)) return [];
  if (chance.once(3)) return list.toReversed();
  const times = chance.size(Math.min(5_000, Math.floor(100_000 / weight)) + 1);
  return [...list, ...Array.from({ length: times }, () => item)];
}

function changeMembers(object: { [key: string]: Json }, chance: Chance): Json {
  const keys = Object.keys(object);
  if (keys.length === 0 || chance.once(4)) return addMember(object, chance);
  const key = chance.among(keys);
  const held = object[key] ?? null;
  if (chance.once(2)) {
    delete object[key];
    return object;
  }
  if (chance.once(2)) {
    delete object[key];
    setMember(object, chance.among(HOSTILE_TEXTS), held);
    return object;
  }
  const many = chance.size(3_000);
  for (let at = 0; at < many; at++) setMember(object, `${key}${at}`, null);
  return object;
}

function addMember(object: { [key: string]: Json }, chance: Chance): Json {
  setMember(object, chance.among(HOSTILE_TEXTS), hostileValue(null, chance));
  return object;
}

/** Also `__proto__` becomes a member, as JSON.parse makes it. */
function setMember(object: { [key: string]: Json }, key: string, value: Json): void {
  Object.defineProperty(object, key, {
    value,
    enumerable: true,
    configurable: true,
    writable: true,
  });
}

function hostileValue(before: Json, chance: Chance): Json {
  const kind = chance.below(9);
  if (kind === 0) return null;
  if (kind === 1) return chance.once(2);
  if (kind === 2) return chance.among(HOSTILE_NUMBERS);
  if (kind === 3) return chance.among(HOSTILE_TEXTS);
  if (kind === 4) return [];
  if (kind === 5) return {};
  if (kind === 6) return [before];
  if (kind === 7) return chance.among(HOSTILE_TEXTS).repeat(chance.size(4_000));
  let deep: Json = before;
  for (let depth = chance.among(DEPTHS); depth > 0; depth--)
    deep = chance.once(2) ? [deep] : { a: deep };
  return deep;
}

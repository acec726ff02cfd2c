/** The static types of expressions and facts. */
export type CelType =
  | { readonly kind: SimpleKind; readonly nullable?: true }
  | {
      readonly kind: 'string';
      readonly nullable?: true;
      /** The texts that it can be, as far as they are declared. */
      readonly values?: readonly string[];
      /** It can be no other text: a comparison with another one is an error of the policy. */
      readonly closed?: true;
      /** The text that means "unknown" in gathered facts. */
      readonly unknownText?: string;
      /** A package URL of a fact: compared as a package, not as a text. */
      readonly package?: true;
    }
  | { readonly kind: 'list'; readonly of: CelType; readonly nullable?: true }
  | {
      readonly kind: 'map';
      readonly key: CelType;
      readonly value: CelType;
      readonly nullable?: true;
    }
  | {
      readonly kind: 'object';
      readonly name: string;
      readonly fields: FieldTypes;
      readonly nullable?: true;
    };

export type SimpleKind =
  | 'bool'
  | 'int'
  | 'uint'
  | 'double'
  | 'bytes'
  | 'null'
  | 'timestamp'
  | 'duration'
  | 'type'
  | 'dyn';
export type FieldTypes = { readonly [field: string]: CelType };

export const BOOL: CelType = { kind: 'bool' };
export const INT: CelType = { kind: 'int' };
export const UINT: CelType = { kind: 'uint' };
export const DOUBLE: CelType = { kind: 'double' };
export const STRING: CelType = { kind: 'string' };
export const PACKAGE: CelType = { kind: 'string', package: true };
export const BYTES: CelType = { kind: 'bytes' };
export const NULL: CelType = { kind: 'null' };
export const TIMESTAMP: CelType = { kind: 'timestamp' };
export const DURATION: CelType = { kind: 'duration' };
export const TYPE: CelType = { kind: 'type' };
export const DYN: CelType = { kind: 'dyn' };

export function makeListType(of: CelType): CelType {
  return { kind: 'list', of };
}

export function makeNullable(type: CelType): CelType {
  return { ...type, nullable: true };
}

/** A text from a closed set; `unknownText` is the spelling that means "unknown". */
export function makeChoiceType(values: readonly string[], unknownText?: string): CelType {
  return {
    kind: 'string',
    values,
    closed: true,
    ...(unknownText === undefined ? {} : { unknownText }),
  };
}

export function makeObjectType(name: string, fields: FieldTypes): CelType {
  return { kind: 'object', name, fields };
}

/** How the type is written for a reader. */
export function formatType(type: CelType): string {
  const mark = type.nullable === true ? '?' : '';
  if (type.kind === 'list') return `list(${formatType(type.of)})${mark}`;
  if (type.kind === 'map') return `map(${formatType(type.key)}, ${formatType(type.value)})${mark}`;
  return `${type.kind === 'object' ? type.name : type.kind}${mark}`;
}

/** Whether a value of type `one` can also be of type `other`; dyn may be anything. */
export function isCompatible(one: CelType, other: CelType): boolean {
  if (one.kind === 'dyn' || other.kind === 'dyn') return true;
  if (one.kind === 'null' || other.kind === 'null')
    return one.kind === other.kind || hasNullableSide(one, other);
  if (one.kind === 'list' && other.kind === 'list') return isCompatible(one.of, other.of);
  if (one.kind === 'map' && other.kind === 'map') {
    return isCompatible(one.key, other.key) && isCompatible(one.value, other.value);
  }
  if (one.kind === 'object' && other.kind === 'object') return one.name === other.name;
  return one.kind === other.kind;
}

function hasNullableSide(one: CelType, other: CelType): boolean {
  return (one.kind === 'null' ? other : one).nullable === true;
}

/** The type that both have in common, or dyn. */
export function uniteTypes(one: CelType, other: CelType): CelType {
  if (one.kind === 'string' && other.kind === 'string') return uniteTextTypes(one, other);
  if (formatType(one) === formatType(other)) return one;
  if (one.kind === 'null') return makeNullable(other);
  if (other.kind === 'null') return makeNullable(one);
  return isCompatible(one, other) &&
    one.kind === other.kind &&
    one.kind !== 'list' &&
    one.kind !== 'map'
    ? one
    : DYN;
}

type TextType = CelType & { readonly kind: 'string' };

function uniteTextTypes(one: TextType, other: TextType): CelType {
  const mark = one.nullable === true || other.nullable === true ? { nullable: true as const } : {};
  if (one.package === true && other.package === true) return { ...PACKAGE, ...mark };
  if (one.values === undefined || other.values === undefined) return { kind: 'string', ...mark };
  return { kind: 'string', values: [...new Set([...one.values, ...other.values])], ...mark };
}

/**
 * The first text that the closed side can never be; null if there is none. A spelling error must
 * not hold for ever.
 */
export function findImpossibleText(one: CelType, other: CelType): string | null {
  if (one.kind === 'list' && other.kind === 'list') return findImpossibleText(one.of, other.of);
  if (one.kind !== 'string' || other.kind !== 'string') return null;
  const [closed, written] = one.closed === true ? [one, other] : [other, one];
  if (closed.closed !== true) return null;
  return (written.values ?? []).find((text) => closed.values?.includes(text) === false) ?? null;
}

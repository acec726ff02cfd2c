/**
 * Makes a value when it is first asked for. For what is costly to build and what most commands
 * never use, such as the schemas of records of another kind.
 *
 * @example const schema = once(() => z.strictObject({ name: z.string() })); // schema() builds it
 */
export function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

import { fail, ok, type Result } from '../../../../core/result.ts';

/** One module of a program, or what replaces it. */
export interface BuiltModule {
  readonly path: string;
  /** `(devel)`, or empty, where it has none. */
  readonly version: string;
  readonly replacedBy: BuiltModule | null;
}

/** What a program says of the modules that it was built from (runtime/debug, BuildInfo). */
export interface BuiltModules {
  /** The package that was built: `cmd/go`, `example.com/shop/cmd/server`. */
  readonly path: string | null;
  readonly main: BuiltModule | null;
  readonly dependencies: readonly BuiltModule[];
}

/** Reads the lines that `go version -m` shows. */
export function parseModulesText(text: string): Result<BuiltModules> {
  let path: string | null = null;
  let main: BuiltModule | null = null;
  const dependencies: BuiltModule[] = [];
  let last: 'main' | 'dependency' | null = null;
  for (const line of text.split('\n')) {
    const [word = '', ...fields] = line.split('\t');
    const module = word === 'mod' || word === 'dep' || word === '=>' ? readModule(fields) : null;
    if (word === 'path') path = fields.join('\t');
    else if (word === 'mod' && module !== null) {
      main = module;
      last = 'main';
    } else if (word === 'dep' && module !== null) {
      dependencies.push(module);
      last = 'dependency';
    } else if (word === '=>' && module !== null && last !== null) {
      const replaced: BuiltModule | null | undefined = last === 'main' ? main : dependencies.pop();
      if (replaced != null && last === 'main') main = { ...replaced, replacedBy: module };
      else if (replaced != null) dependencies.push({ ...replaced, replacedBy: module });
      last = null;
    } else if (word === 'mod' || word === 'dep' || word === '=>') return malformed(line);
  }
  return ok({ path, main, dependencies });
}

/** Path, version, and the hash of its content where it has one. */
function readModule(fields: readonly string[]): BuiltModule | null {
  const [path = '', version] = fields;
  if (path === '' || version === undefined || fields.length > 3) return null;
  return { path, version, replacedBy: null };
}

function malformed(line: string): Result<never> {
  const why = `the build information has a line that is not of it: ${JSON.stringify(line.slice(0, 100))}`;
  return fail('MALFORMED', why, 'Build the program again.');
}

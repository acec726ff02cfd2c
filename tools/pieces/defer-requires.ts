/** What is used by every piece, or is there before any. */
const KEPT = /^\.\/rolldown-runtime\b|^node:(?:fs|path)$/;

/** `NAME = require("ID");` as rolldown writes it, with what it makes of a default import. */
const REQUIRE =
  /^(?:const|let) ((?:require|node)_[\w$]+) = require\("([^"\n]+)"\);\n(?:\1 = (require_rolldown_runtime\.__toESM\()\1([^;\n]*\));\n)?/gm;

/** `import_NAME = …;`: the evaluation of a CommonJS package that is inside. */
const PACKAGE = /^var (import_[\w$]+) = ([^;\n]*\brequire_[\w$]+\(\)[^;\n]*);\n/gm;

/** Not the member of another object; `...` before it is no such dot. */
const NAME = /(?<![\w$])(?<!(?<!\.\.)\.)(?:require|node|import)_[\w$]+/g;

/**
 * Lets a piece load another piece, a module of Node.js or a package when it first uses one of its
 * members, not when it is evaluated itself: most commands need few of those that they could need.
 * None of our modules acts by being imported (tools/bundle-options.test.ts), so nothing is missing
 * until then. A name in another place, such as a parameter, would be no valid code, which the build
 * finds: it evaluates each piece.
 *
 * @example `const require_a = require("./a");` … `require_a.add(1)` becomes
 *   `let require_a$; const require_a$get = () => (require_a$ = require("./a"));` …
 *   `(require_a$ ?? require_a$get()).add(1)`
 */
export function deferRequires(code: string): string {
  const values = new Map<string, string>();
  const namedOnce = listNamedOnce(code);
  const rest = code
    .replace(REQUIRE, (whole: string, name: string, id: string, before = '', after = '') => {
      // mutant required-name-with-two-meanings: condition -> KEPT.test(id)
      if (KEPT.test(id) || !namedOnce.has(name)) return whole;
      values.set(name, `${before}require(${JSON.stringify(id)})${after}`);
      return '';
    })
    .replace(PACKAGE, (whole: string, name: string, value: string) => {
      if (!namedOnce.has(name)) return whole;
      values.set(name, value);
      return '';
    });
  const defer = (text: string): string =>
    text.replace(NAME, (name) => (values.has(name) ? `(${name}$ ?? ${name}$get())` : name));
  const getters = [...values].map(
    ([name, value]) => `let ${name}$;\nconst ${name}$get = () => (${name}$ = ${defer(value)});\n`,
  );
  return `${getters.join('')}${defer(rest)}`;
}

/** The names that have one declaration, so that they mean the same everywhere. */
function listNamedOnce(code: string): ReadonlySet<string> {
  const counts = new Map<string, number>();
  for (const [, name = ''] of code.matchAll(DECLARATION))
    counts.set(name, (counts.get(name) ?? 0) + 1);
  return new Set([...counts].flatMap(([name, count]) => (count === 1 ? [name] : [])));
}

const DECLARATION = /\b(?:const|let|var|function|class) ((?:require|node|import)_[\w$]+)/g;

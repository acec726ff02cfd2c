import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { deferRequires } from './defer-requires.ts';

/** Runs a piece; `asked` is what it required so far. */
function evaluate(code: string, modules: Readonly<Record<string, unknown>>) {
  const asked: string[] = [];
  const exports: Record<string, unknown> = {};
  const require = (id: string): unknown => {
    asked.push(id);
    return modules[id];
  };
  runInNewContext(`(function (exports, require) {${deferRequires(code)}\n})`)(exports, require);
  return { asked, exports: exports as Record<string, (...args: unknown[]) => unknown> };
}

const RUNTIME = {
  './rolldown-runtime-a': {
    __toESM: (value: object) => ({ ...value, default: value }),
    __commonJSMin: (make: (it: { exports: unknown }) => void) => () => {
      const it = { exports: {} };
      make(it);
      return it.exports;
    },
  },
};
const HEAD = 'const require_rolldown_runtime = require("./rolldown-runtime-a");\n';

describe('what a piece requires', () => {
  it('is loaded at its first use, and once', () => {
    const code = `${HEAD}const require_one = require("./one-a");
let node_os = require("node:os");
exports.add = (it) => require_one.add(it);
exports.host = () => [node_os.name, ...require_one.names];
`;
    const { asked, exports } = evaluate(code, {
      ...RUNTIME,
      './one-a': { add: (it: number) => it + 1, names: ['b'] },
      'node:os': { name: 'a' },
    });
    expect(asked).toEqual(['./rolldown-runtime-a']);
    expect(exports['add']?.(1)).toBe(2);
    expect(exports['add']?.(2)).toBe(3);
    expect(asked).toEqual(['./rolldown-runtime-a', './one-a']);
    expect(exports['host']?.()).toEqual(['a', 'b']);
  });

  it('is there at once where the piece uses it while it is evaluated', () => {
    const code = 'const require_one = require("./one-a");\nexports.two = require_one.one + 1;\n';
    expect(evaluate(code, { './one-a': { one: 1 } }).exports['two']).toBe(2);
  });

  it('keeps its default, and a package inside is evaluated at its first use', () => {
    const code = `${HEAD}let node_os = require("node:os");
node_os = require_rolldown_runtime.__toESM(node_os);
const require_valid = require_rolldown_runtime.__commonJSMin((module) => { module.exports = 3; });
var import_valid = require_rolldown_runtime.__toESM(require_valid(), 1);
exports.host = () => node_os.default.name;
exports.valid = () => import_valid.default;
`;
    const { asked, exports } = evaluate(code, { ...RUNTIME, 'node:os': { name: 'a' } });
    expect(asked).toEqual(['./rolldown-runtime-a']);
    expect(exports['host']?.()).toBe('a');
    expect(exports['valid']?.()).toBe(3);
  });

  it('is left as it is where its name has another meaning too, or belongs to an object', () => {
    const twice = `const require_one = require("./one-a");
exports.one = () => { const require_one = 2; return require_one; };
`;
    expect(deferRequires(twice)).toBe(twice);
    const member = 'const require_one = require("./one-a");\nexports.one = it => it.require_one;\n';
    expect(deferRequires(member)).toContain('it => it.require_one;');
  });
});
